#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "arch/aarch64/tick_counter.h"
#include "arch/arch.h"

namespace rr {
namespace {

using aarch64::general_register;
using testing::ElementsAre;
using testing::IsEmpty;

Registers numbered() {
  Registers registers;
  for (int i = 0; i < aarch64::kGeneralRegisterCount; ++i) {
    aarch64::set_general_register(registers, i, 0x100 + static_cast<uint64_t>(i));
  }
  return registers;
}

TEST(ArchRegisters, AreNumberedInTheOrderOfTheirStruct) {
  const Registers registers = numbered();
  EXPECT_EQ(registers.x[0], 0x100u);
  EXPECT_EQ(registers.x[30], 0x11eu);
  EXPECT_EQ(registers.sp, 0x11fu);
  EXPECT_EQ(registers.pc, 0x120u);
  EXPECT_EQ(registers.pstate, 0x121u);
  for (int i = 0; i < aarch64::kGeneralRegisterCount; ++i) {
    EXPECT_EQ(general_register(registers, i), 0x100 + static_cast<uint64_t>(i));
  }
}

TEST(ArchRegisters, HaveGdbsNames) {
  EXPECT_EQ(aarch64::general_register_name(0), "x0");
  EXPECT_EQ(aarch64::general_register_name(30), "x30");
  EXPECT_EQ(aarch64::general_register_name(31), "sp");
  EXPECT_EQ(aarch64::general_register_name(32), "pc");
  EXPECT_EQ(aarch64::general_register_name(33), "cpsr");
}

TEST(ArchRegisters, DifferencesAreNamed) {
  const Registers expected = numbered();
  Registers actual = expected;
  EXPECT_THAT(aarch64::describe_differences(expected, actual), IsEmpty());
  actual.x[3] = 0x11;
  actual.pc = 0x400000;
  EXPECT_THAT(aarch64::describe_differences(expected, actual),
              ElementsAre("x3 expected 0x103, is 0x11", "pc expected 0x120, is 0x400000"));
}

// Only PSTATE.SS is left out of comparisons: every other bit counts.
TEST(ArchRegisters, AreTheSameStateButForTheStepFlag) {
  const Registers expected = numbered();
  for (int bit = 0; bit < 64; ++bit) {
    Registers actual = expected;
    actual.pstate ^= uint64_t{1} << bit;
    EXPECT_EQ(Arch::same_state(expected, actual), bit == 21) << "bit " << bit;
    EXPECT_EQ(aarch64::describe_differences(expected, actual).empty(), bit == 21) << "bit " << bit;
  }
  for (int i = 0; i < aarch64::kGeneralRegisterCount - 1; ++i) {
    Registers actual = expected;
    aarch64::set_general_register(actual, i, 0);
    EXPECT_FALSE(Arch::same_state(expected, actual)) << aarch64::general_register_name(i);
  }
}

TEST(ArchRegisters, MovingPcForgetsTheKindOfTheLastBranch) {
  Registers registers;
  registers.pstate = 0xc00 | 0x60000000;
  Arch::set_pc(registers, {0x1234});
  EXPECT_EQ(Arch::pc(registers), Address{0x1234});
  EXPECT_EQ(registers.pstate, 0x60000000u);
}

TEST(ArchRegisters, CarryACallInX8AndX0ToX5) {
  Registers registers = numbered();
  Arch::set_syscall(registers, {-1, {1, 2, 3, 4, 5, 6}});
  EXPECT_EQ(registers.x[8], ~uint64_t{0});
  EXPECT_EQ(registers.x[5], 6u);
  EXPECT_EQ(registers.x[6], 0x106u) << "not an argument";
  EXPECT_EQ(Arch::syscall_arguments(registers), (SyscallArguments{-1, {1, 2, 3, 4, 5, 6}}));
  registers.x[8] = 0xdeadbeef000000ac;
  EXPECT_EQ(Arch::syscall_arguments(registers).number, 172) << "the low half";
  Arch::set_syscall_result(registers, -38);
  EXPECT_EQ(Arch::syscall_result(registers), -38);
}

TEST(ArchTickCounter, CoresAreSortedAndNamedOnce) {
  std::set<std::pair<uint32_t, uint32_t>> seen;
  const aarch64::CoreRow* before = nullptr;
  for (const aarch64::CoreRow& core : aarch64::known_cores()) {
    EXPECT_TRUE(seen.insert({core.implementer, core.part}).second) << core.name;
    if (before != nullptr && before->implementer == core.implementer) {
      EXPECT_LT(before->part, core.part) << core.name;
    }
    EXPECT_GT(core.skid, 0u) << core.name;
    before = &core;
  }
}

TEST(ArchTickCounter, ACoreIsFoundWhateverItsRevision) {
  constexpr uint64_t kNeoverseN1 = 0x413fd0c1;
  ASSERT_NE(aarch64::find_core(kNeoverseN1), nullptr);
  EXPECT_EQ(aarch64::find_core(kNeoverseN1)->name, "Neoverse-N1");
  EXPECT_EQ(aarch64::find_core(kNeoverseN1 ^ 0x00f0000f), aarch64::find_core(kNeoverseN1));
  EXPECT_EQ(aarch64::find_core(0x410fd083), nullptr) << "Cortex-A72 does not count well";
  EXPECT_EQ(aarch64::find_core(0), nullptr);
}

}  // namespace
}  // namespace rr
