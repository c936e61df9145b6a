#include <cstdint>

// The generic table of the host's headers, whichever CPU the host has.
#define __BITS_PER_LONG 64
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_TIME32_SYSCALLS
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#include <asm-generic/unistd.h>

namespace rr::syscalls {
namespace {

struct KernelNumber {
  const char* name;
  int32_t number;
  int32_t in_host_header;
};
constexpr KernelNumber kKernelNumbers[] = {
#define NUMBER(name, number, header) {#name, number, header},
#include "syscalls_kernel_numbers.inc"
#undef NUMBER
};

}  // namespace
}  // namespace rr::syscalls

// Only now: libc's headers define the same names for the host's CPU.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "arch/aarch64/syscall_numbers.h"
#include "syscalls/describe.h"
#include "syscalls/table.h"

namespace rr::syscalls {
namespace {

// Every row and every sub-command's row, the fallbacks included.
std::vector<const Row*> rows_and_sub_rows(std::span<const Row> rows) {
  std::vector<const Row*> found;
  for (const Row& row : rows) {
    found.push_back(&row);
    if (row.dispatch.rows == nullptr) continue;
    const auto below = rows_and_sub_rows(row.dispatch.rows());
    found.insert(found.end(), below.begin(), below.end());
    found.push_back(&row.dispatch.otherwise(0xc0000000));
    found.push_back(&row.dispatch.otherwise(0));
  }
  return found;
}

TEST(Table, TheListOfNumbersAgreesWithTheHostsHeader) {
  for (const KernelNumber& kernel : kKernelNumbers)
    EXPECT_EQ(kernel.number, kernel.in_host_header) << kernel.name;
}

TEST(Table, EveryNumberOfTheKernelHasItsRow) {
  for (const KernelNumber& kernel : kKernelNumbers) {
    const Row* row = find(kernel.number);
    ASSERT_NE(row, nullptr) << kernel.name << ": add a row to src/syscalls/table.cc";
    EXPECT_STREQ(row->name, kernel.name);
    EXPECT_EQ(row->number, kernel.number);
  }
}

TEST(Table, EveryRowIsANumberOfTheKernel) {
  EXPECT_EQ(all_rows().size(), std::size(kKernelNumbers));
}

TEST(Table, ANumberThatTheKernelDoesNotHaveHasNoRow) {
  for (const int32_t number : {-1, INT32_MIN, 244, 259, 295, 423, 472, 1 << 20, INT32_MAX})
    EXPECT_EQ(find(number), nullptr) << number;
}

TEST(Table, TheNumbersThatCodeNamesAreThoseOfTheTable) {
  EXPECT_STREQ(find(aarch64::kSysRead)->name, "read");
  EXPECT_STREQ(find(aarch64::kSysMmap)->name, "mmap");
  EXPECT_STREQ(find(aarch64::kSysRtSigreturn)->name, "rt_sigreturn");
  EXPECT_STREQ(find(aarch64::kSysCloseRange)->name, "close_range");
  EXPECT_STREQ(find(aarch64::kSysWait4)->name, "wait4");
}

TEST(Table, EveryRefusalHasAReason) {
  for (const Row* row : rows_and_sub_rows(all_rows())) {
    if (!row->is_refused()) continue;
    EXPECT_GT(row->refusal.error, 0) << row->name;
    EXPECT_NE(row->refusal.reason, nullptr) << row->name;
    EXPECT_EQ(row->output_count, 0) << row->name << " is refused, so it writes nothing";
  }
}

TEST(Table, EveryArgumentWordIsKnown) {
  for (const Row* row : rows_and_sub_rows(all_rows())) {
    std::istringstream words(row->arguments);
    std::string word;
    int count = 0;
    bool is_result = false;
    while (words >> word) {
      if (word == "=") {
        is_result = true;
        continue;
      }
      EXPECT_TRUE(is_argument_word(word)) << row->name << ": " << word;
      if (!is_result) ++count;
    }
    EXPECT_LE(count, 6) << row->name;
  }
}

// A row that writes through an argument it does not have, or that it shows as a number, is wrong.
TEST(Table, EveryOutputIsAPointerArgument) {
  for (const Row& row : all_rows()) {
    std::istringstream words(row.arguments);
    std::vector<std::string> arguments;
    for (std::string word; words >> word && word != "=";) arguments.push_back(word);
    for (size_t i = 0; i < row.output_count; ++i) {
      const OutputSpec& spec = row.output_specs[i];
      ASSERT_GE(spec.pointer.number, 1) << row.name;
      ASSERT_LE(spec.pointer.number, arguments.size()) << row.name;
      EXPECT_EQ(arguments[spec.pointer.number - 1u], "ptr") << row.name;
      ASSERT_LE(spec.count.number, arguments.size()) << row.name;
      if (spec.count.number == 0) continue;
      const std::string& count = arguments[spec.count.number - 1u];
      // A 32-bit count must not be read from the whole register, nor a 64-bit one from its half.
      if (count == "int" || count == "uint") {
        EXPECT_TRUE(spec.count.is_low_half) << row.name;
      }
      if (count == "size") {
        EXPECT_FALSE(spec.count.is_low_half) << row.name;
      }
    }
  }
}

TEST(Table, SubCommandTablesAreSortedAndUnique) {
  for (const Row& row : all_rows()) {
    if (row.dispatch.rows == nullptr) continue;
    const auto rows = row.dispatch.rows();
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return static_cast<uint32_t>(a.number) <= static_cast<uint32_t>(b.number);
    })) << row.name;
  }
}

TEST(Table, ASubCommandIsFoundByItsValue) {
  EXPECT_STREQ(resolve({25, {3, 1030, 0}})->name, "F_DUPFD_CLOEXEC");
  EXPECT_STREQ(resolve({60, {0x80000701, 0, 0, 0x1000}})->name, "Q_GETQUOTA");
  EXPECT_STREQ(resolve({208, {3, 263, 5, 0x1000, 4}})->name, "PACKET_RX_RING");
  EXPECT_FALSE(resolve({208, {3, 1, 2, 0x1000, 4}})->is_refused());
  EXPECT_STREQ(resolve({29, {3, 0xdead000000005401, 0}})->name, "TCGETS");
}

TEST(Table, WhatReplayMustExecuteChangesTheAddressSpaceOrTheTreeOrRulesThem) {
  std::set<std::string> executed;
  for (const Row& row : all_rows()) {
    if (row.replay == Replay::kExecute) executed.insert(row.name);
  }
  EXPECT_EQ(executed,
            (std::set<std::string>{
                "brk",        "clone",   "clone3", "execve",      "execveat",      "exit",
                "exit_group", "madvise", "mlock",  "mlock2",      "mmap",          "mprotect",
                "mremap",     "munlock", "munmap", "personality", "pkey_mprotect", "prlimit64",
                "setrlimit",  "shmat",   "shmdt"}));
}

TEST(Table, WhatTheRecorderCannotFollowIsRefused) {
  for (const int32_t number : {0, 117, 282, 292, 293, 425, 426, 427, 447})
    EXPECT_TRUE(find(number)->is_refused()) << find(number)->name;
}

}  // namespace
}  // namespace rr::syscalls
