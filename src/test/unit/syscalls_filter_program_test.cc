#include <gtest/gtest.h>

#include "syscalls/filter_program.h"

namespace rr::syscalls {
namespace {

// As a libc's <linux/filter.h> writes them.
constexpr uint16_t kLoadWord = 0x20, kLoadMemory = 0x60, kLoadConstant = 0x00, kLoadLength = 0x80,
                   kLoadIndexConstant = 0x01, kStoreA = 0x02, kStoreX = 0x03, kJumpAlways = 0x05,
                   kJumpEqual = 0x15, kJumpEqualX = 0x1d, kJumpGreater = 0x25, kJumpSet = 0x45,
                   kAddConstant = 0x04, kSubtractX = 0x1c, kDivideConstant = 0x34, kDivideX = 0x3c,
                   kModulo = 0x94, kAndConstant = 0x54, kShiftLeftConstant = 0x64, kNegateA = 0x84,
                   kReturnConstant = 0x06, kReturnA = 0x16, kToIndex = 0x07, kFromIndexToA = 0x87;
constexpr uint32_t kAllow = 0x7fff0000, kErrno = 0x00050000;

FilterInput input(int32_t number, uint64_t argument = 0) {
  return {number, 0xc00000b7, 0x1234567800400004, {argument, 0, 0, 0, 0, 7}};
}

uint32_t result_of(const FilterProgram& program, const FilterInput& of = input(63)) {
  EXPECT_TRUE(is_valid_filter(program));
  return run_filter(program, of);
}

TEST(FilterProgram, AllowsOrForbidsByTheNumber) {
  const FilterProgram program = {{kLoadWord, 0, 0, 0},
                                 {kJumpEqual, 0, 1, 63},
                                 {kReturnConstant, 0, 0, kErrno | 1},
                                 {kReturnConstant, 0, 0, kAllow}};
  EXPECT_EQ(result_of(program, input(63)), kErrno | 1);
  EXPECT_EQ(result_of(program, input(64)), kAllow);
}

TEST(FilterProgram, SeesBothHalvesOfArgumentsAndOfTheInstructionPointer) {
  const auto word = [](uint32_t offset) {
    return result_of({{kLoadWord, 0, 0, offset}, {kReturnA, 0, 0, 0}},
                     input(1, 0xaaaabbbbccccdddd));
  };
  EXPECT_EQ(word(4), 0xc00000b7);
  EXPECT_EQ(word(8), 0x00400004u);
  EXPECT_EQ(word(12), 0x12345678u);
  EXPECT_EQ(word(16), 0xccccddddu);
  EXPECT_EQ(word(20), 0xaaaabbbbu);
  EXPECT_EQ(word(56), 7u);
}

TEST(FilterProgram, ComputesInThirtyTwoBits) {
  const auto computed = [](FilterInstruction step) {
    return result_of({{kLoadIndexConstant, 0, 0, 3},
                      {kLoadConstant, 0, 0, 0xfffffffe},
                      step,
                      {kReturnA, 0, 0, 0}});
  };
  EXPECT_EQ(computed({kAddConstant, 0, 0, 5}), 3u);
  EXPECT_EQ(computed({kSubtractX, 0, 0, 0}), 0xfffffffbu);
  EXPECT_EQ(computed({kDivideX, 0, 0, 0}), 0xfffffffe / 3);
  EXPECT_EQ(computed({kAndConstant, 0, 0, 0xff}), 0xfeu);
  EXPECT_EQ(computed({kShiftLeftConstant, 0, 0, 4}), 0xffffffe0u);
  EXPECT_EQ(computed({kNegateA, 0, 0, 0}), 2u);
}

TEST(FilterProgram, DividingByAnIndexOfZeroEndsWithZero) {
  EXPECT_EQ(
      result_of({{kLoadConstant, 0, 0, 8}, {kDivideX, 0, 0, 0}, {kReturnConstant, 0, 0, kAllow}}),
      0u);
}

TEST(FilterProgram, KeepsWordsInMemory) {
  const FilterProgram program = {
      {kLoadConstant, 0, 0, 17}, {kStoreA, 0, 0, 3},      {kToIndex, 0, 0, 0}, {kStoreX, 0, 0, 15},
      {kLoadConstant, 0, 0, 0},  {kLoadMemory, 0, 0, 15}, {kReturnA, 0, 0, 0}};
  EXPECT_EQ(result_of(program), 17u);
}

TEST(FilterProgram, KnowsHowLongItsInputIs) {
  EXPECT_EQ(result_of({{kLoadLength, 0, 0, 0}, {kReturnA, 0, 0, 0}}), 64u);
}

TEST(FilterProgram, JumpsByComparison) {
  const auto jumped = [](uint16_t code, uint32_t constant) {
    return result_of({{kLoadIndexConstant, 0, 0, 12},
                      {kLoadConstant, 0, 0, 12},
                      {code, 0, 1, constant},
                      {kReturnConstant, 0, 0, 1},
                      {kReturnConstant, 0, 0, 0}});
  };
  EXPECT_EQ(jumped(kJumpEqual, 12), 1u);
  EXPECT_EQ(jumped(kJumpEqualX, 99), 1u);
  EXPECT_EQ(jumped(kJumpGreater, 12), 0u);
  EXPECT_EQ(jumped(kJumpSet, 3), 0u);
  EXPECT_EQ(jumped(kJumpSet, 4), 1u);
}

TEST(FilterProgram, RefusesWhatTheKernelRefuses) {
  const FilterInstruction back{kReturnConstant, 0, 0, kAllow};
  EXPECT_FALSE(is_valid_filter({}));
  EXPECT_FALSE(is_valid_filter(FilterProgram(kLongestFilter + 1, back)));
  EXPECT_TRUE(is_valid_filter(FilterProgram(kLongestFilter, back)));
  const std::vector<FilterProgram> bad = {
      {{kLoadConstant, 0, 0, 0}},              // no end
      {{kLoadWord, 0, 0, 64}, back},           // outside the input
      {{kLoadWord, 0, 0, 2}, back},            // not aligned
      {{kLoadMemory, 0, 0, 1}, back},          // never written
      {{kStoreA, 0, 0, 16}, back},             // no such word
      {{kDivideConstant, 0, 0, 0}, back},      // by zero
      {{kShiftLeftConstant, 0, 0, 32}, back},  // too far
      {{kModulo, 0, 0, 3}, back},              // not for seccomp
      {{kJumpAlways, 0, 0, 1}, back},          // behind the end
      {{kJumpEqual, 1, 0, 0}, back},           // behind the end
      {{0xffff, 0, 0, 0}, back},
      {{kFromIndexToA | 0x100, 0, 0, 0}, back},
  };
  for (const FilterProgram& program : bad) {
    EXPECT_FALSE(is_valid_filter(program)) << std::hex << program.front().code;
  }
}

TEST(FilterProgram, AWordWrittenOnOneWayOnlyIsNotWritten) {
  const FilterProgram program = {
      {kJumpEqual, 0, 1, 5}, {kStoreA, 0, 0, 2}, {kLoadMemory, 0, 0, 2}, {kReturnA, 0, 0, 0}};
  EXPECT_FALSE(is_valid_filter(program));
}

}  // namespace
}  // namespace rr::syscalls
