#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>

#include "syscalls/page.h"

namespace rr::syscalls {
namespace {

// Relative to this file, which CMake names with its full path.
std::string page_path() {
  const std::string here = __FILE__;
  return here.substr(0, here.rfind("src/test/unit/")) + "docs/SYSCALLS.md";
}

std::string checked_in_page() {
  std::ifstream file(page_path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SyscallsPage, IsWhatTheTableSays) {
  const std::string expected = generate_syscalls_page();
  if (std::getenv("RR_WRITE_PAGES") != nullptr)
    std::ofstream(page_path(), std::ios::binary) << expected;
  if (!std::filesystem::exists(std::filesystem::path(page_path()).parent_path()))
    GTEST_SKIP() << "the source tree is not on this machine";
  const std::string found = checked_in_page();
  // Not EXPECT_EQ, which would print both pages.
  EXPECT_TRUE(found == expected)
      << "docs/SYSCALLS.md is not what the table says; make it anew with\n"
         "  RR_WRITE_PAGES=1 build/host/bin/unit_tests --gtest_filter=SyscallsPage.*";
}

TEST(SyscallsPage, ShowsRefusalsWithTheirReason) {
  const std::string page = generate_syscalls_page();
  EXPECT_NE(page.find("| 293 | rseq | **refused**, ENOSYS: "), std::string::npos);
  EXPECT_NE(page.find("| 63 | read | emulated, may block | 2: up to argument 3 bytes |"),
            std::string::npos);
  EXPECT_NE(page.find("### ioctl\n"), std::string::npos);
  EXPECT_NE(page.find("| F_GETLK |"), std::string::npos);
}

}  // namespace
}  // namespace rr::syscalls
