// A program's seccomp filter, in classic BPF: whether the kernel would take it, and what it says of
// a call. Pure functions; the recorder asks them in the kernel's stead, so that a filter judges the
// program's calls and not the recorder's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace rr::syscalls {

// struct sock_filter (include/uapi/linux/filter.h).
struct FilterInstruction {
  uint16_t code;
  uint8_t jump_true, jump_false;
  uint32_t constant;

  bool operator==(const FilterInstruction&) const = default;
};
static_assert(sizeof(FilterInstruction) == 8);

using FilterProgram = std::vector<FilterInstruction>;
inline constexpr size_t kLongestFilter = 4096;  // instructions, BPF_MAXINSNS

// struct seccomp_data: all that a filter sees.
struct FilterInput {
  int32_t number;
  uint32_t architecture;
  uint64_t instruction_pointer;
  std::array<uint64_t, 6> args;
};
static_assert(sizeof(FilterInput) == 64);

// Whether seccomp(2) takes it: known instructions, jumps that end inside, no division by a constant
// zero, no memory word read before it is written, a return at the end.
bool is_valid_filter(std::span<const FilterInstruction> program);

// What the program returns: an action and 16 bits of data. Requires is_valid_filter().
uint32_t run_filter(std::span<const FilterInstruction> program, const FilterInput& input);

}  // namespace rr::syscalls
