// Quirk partial-copy, and what /proc/PID/mem does that process_vm_writev does not.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/proc.h"
#include "traced_child.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using kernel::Resume;

extern "C" const char memory_program;
asm(R"(
  .pushsection .text
  .balign 4
  .globl memory_program
memory_program:
  mov x0, #1            // 0
  brk #0                // 1
  .popsection
)");

// A writable page followed by one that is not: `tail(n)` are its last n bytes.
class PageBeforeAGuard {
 public:
  PageBeforeAGuard() : page_(kernel::page_size()) {
    base_ = static_cast<unsigned char*>(
        ::mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(base_ + page_, page_, PROT_NONE);
  }
  ~PageBeforeAGuard() { ::munmap(base_, 2 * page_); }
  PageBeforeAGuard(const PageBeforeAGuard&) = delete;
  PageBeforeAGuard& operator=(const PageBeforeAGuard&) = delete;

  unsigned char* tail(size_t n) { return base_ + page_ - n; }
  void clear() { std::memset(base_, 0, page_); }
  size_t changed() const {
    return static_cast<size_t>(
        std::count_if(base_, base_ + page_, [](unsigned char c) { return c != 0; }));
  }
  bool is_clear_below(size_t n) const {
    return std::all_of(base_, base_ + page_ - n, [](unsigned char c) { return c == 0; });
  }

 private:
  size_t page_;
  unsigned char* base_;
};

constexpr std::array<size_t, 8> kSizes = {2, 5, 8, 16, 33, 65, 129, 260};

// The recorder keeps this many bytes behind those that a call reports.
constexpr size_t kSlack = 128;

TEST(PartialCopy, AFailedReadFromAPipeHasChangedTheBufferAllTheSame) {
  PageBeforeAGuard page;
  std::array<int, 2> fds;
  ASSERT_EQ(::pipe(fds.data()), 0);
  const std::vector<unsigned char> data(300, 0xaa);
  for (const size_t size : kSizes) {
    for (size_t room = 1; room < size; ++room) {
      page.clear();
      ASSERT_EQ(::write(fds[1], data.data(), size), static_cast<ssize_t>(size));
      const ssize_t result = ::read(fds[0], page.tail(room), size);
      EXPECT_TRUE(result == -1 && errno == EFAULT) << result;
      EXPECT_EQ(page.changed(), room) << "of " << size;
      EXPECT_TRUE(page.is_clear_below(room));
      std::array<char, 512> rest;
      ASSERT_GT(::read(fds[0], rest.data(), rest.size()), 0);
    }
  }
  ::close(fds[0]);
  ::close(fds[1]);
}

TEST(PartialCopy, OfProcessVmReadvChangesWhatItReportsOrALittleMore) {
  PageBeforeAGuard page;
  std::vector<unsigned char> data(300, 0xaa);
  size_t most_beyond = 0;
  for (const size_t size : kSizes) {
    for (size_t room = 1; room < size; ++room) {
      page.clear();
      const iovec local{page.tail(room), size};
      const iovec remote{data.data(), size};
      const ssize_t result = ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0);
      const size_t reported = result < 0 ? 0 : static_cast<size_t>(result);
      EXPECT_GE(page.changed(), reported);
      EXPECT_LE(page.changed(), room);
      EXPECT_TRUE(page.is_clear_below(room));
      most_beyond = std::max(most_beyond, page.changed() - reported);
    }
  }
  EXPECT_LE(most_beyond, kSlack);
  RecordProperty("bytes_beyond_result", static_cast<int>(most_beyond));
}

TEST(PartialCopy, OfProcessVmWritevChangesWhatItReportsOrALittleMore) {
  PageBeforeAGuard page;
  std::vector<unsigned char> data(300, 0xaa);
  for (const size_t size : kSizes) {
    for (size_t room = 1; room < size; ++room) {
      page.clear();
      const iovec local{data.data(), size};
      const iovec remote{page.tail(room), size};
      const ssize_t result = ::process_vm_writev(::getpid(), &local, 1, &remote, 1, 0);
      const size_t reported = result < 0 ? 0 : static_cast<size_t>(result);
      EXPECT_GE(page.changed(), reported);
      EXPECT_LE(page.changed(), reported + kSlack);
      EXPECT_TRUE(page.is_clear_below(room));
    }
  }
}

TEST(ProcessMemory, WritesTextThatTheThreadThenExecutes) {
  TracedChild child(memory_program);
  child.go(Resume::kContinue);
  ASSERT_EQ(child.x(0), 1u);  // the instruction has been in the cache
  constexpr uint32_t kMoveTwoToX0 = 0xd2800040;
  const Address text = address_of(&memory_program);
  auto memory = child.memory();
  ASSERT_EQ(memory.write(text, bytes_of(kMoveTwoToX0)), sizeof kMoveTwoToX0);
  child.move_to(0);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), 2u);
}

TEST(ProcessMemory, TakesABreakpointThatProcessVmWritevCannotPlant) {
  TracedChild child(memory_program);
  const Address text = address_of(&memory_program);
  std::array<std::byte, 4> breakpoint = Arch::kBreakpoint;
  const iovec local{breakpoint.data(), breakpoint.size()};
  const iovec remote{const_cast<char*>(&memory_program), breakpoint.size()};
  EXPECT_EQ(::process_vm_writev(child.tid().value, &local, 1, &remote, 1, 0), -1);
  EXPECT_EQ(errno, EFAULT);
  auto memory = child.memory();
  ASSERT_EQ(memory.write(text, breakpoint), breakpoint.size());
  child.go(Resume::kContinue);
  EXPECT_EQ(child.at(), 0);
  EXPECT_EQ(child.trap(), TrapKind::kBreakpoint);
}

std::byte* two_pages;  // in the child the second is not mapped

void unmap_second_page() { ::munmap(two_pages + kernel::page_size(), kernel::page_size()); }

TEST(ProcessMemory, ReachesPagesWithoutAnyProtectionAndStopsAtAHole) {
  const size_t page = kernel::page_size();
  two_pages = static_cast<std::byte*>(
      ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  two_pages[page - 1] = std::byte{42};
  ::mprotect(two_pages, page, PROT_NONE);
  TracedChild child(memory_program, {.prepare = unmap_second_page});
  auto memory = child.memory();
  const Address last = address_of(two_pages + page - 1);
  std::array<std::byte, 8> bytes{};
  EXPECT_EQ(memory.read(last, bytes), 1u);
  EXPECT_EQ(bytes[0], std::byte{42});
  bytes[0] = std::byte{43};
  EXPECT_EQ(memory.write(last, bytes), 1u);
  EXPECT_EQ(memory.read_object<uint8_t>(last), 43u);
  ::munmap(two_pages, 2 * page);
}

TEST(ProcessMemory, IsReachedByATaggedAddress) {
  TracedChild child(memory_program);
  const auto memory = child.memory();
  const Address text = address_of(&memory_program);
  EXPECT_EQ(memory.read_object<uint32_t>({text.value | uint64_t{0xb4} << 56}),
            memory.read_object<uint32_t>(text));
}

}  // namespace
}  // namespace rr::test
