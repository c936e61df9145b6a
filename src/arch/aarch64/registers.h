// The register sets of an aarch64 thread, laid out as the kernel's ptrace register sets are.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/types.h"

namespace rr::aarch64 {

// NT_PRSTATUS: struct user_pt_regs in arch/arm64/include/uapi/asm/ptrace.h.
struct Registers {
  std::array<uint64_t, 31> x{};
  uint64_t sp = 0;
  uint64_t pc = 0;
  uint64_t pstate = 0;

  bool operator==(const Registers&) const = default;
};
static_assert(sizeof(Registers) == 272);

// NT_PRFPREG: struct user_fpsimd_state. A vector register is two 64-bit halves, low first.
struct FloatRegisters {
  std::array<std::array<uint64_t, 2>, 32> v{};
  uint32_t fpsr = 0;
  uint32_t fpcr = 0;
  std::array<uint32_t, 2> reserved{};

  bool operator==(const FloatRegisters&) const = default;
};
static_assert(sizeof(FloatRegisters) == 528);

// PSTATE.SS. It tells whether the previous resume was a step, not what the program did
// (docs/KERNEL_QUIRKS.md, step-flag).
inline constexpr uint64_t kPstateSingleStep = uint64_t{1} << 21;
// PSTATE.BTYPE: cleared when pc is moved by hand, or BTI faults at the target.
inline constexpr uint64_t kPstateBranchType = uint64_t{3} << 10;
// PSTATE.N, Z, C, V.
inline constexpr uint64_t kPstateConditions = uint64_t{15} << 28;
// PSTATE.SSBS, speculative store bypass safe.
inline constexpr uint64_t kPstateStoreBypass = uint64_t{1} << 12;
// The only bits of the general registers that comparisons leave out.
inline constexpr uint64_t kPstateNotCompared = kPstateSingleStep;

inline constexpr int kGeneralRegisterCount = 34;

// x0 … x30, sp, pc, cpsr: gdb's names, in the order of struct Registers.
std::string_view general_register_name(int index);
uint64_t general_register(const Registers& registers, int index);
void set_general_register(Registers& registers, int index, uint64_t value);

// A register set beyond the general ones, as a row: its regset note, its name, and its size in
// bytes (0: it varies).
struct RegisterSetRow {
  uint32_t note;
  std::string_view name;
  uint32_t size;
};

// Regset notes (include/uapi/linux/elf.h).
inline constexpr uint32_t kNoteGeneral = 1;
inline constexpr uint32_t kNoteFloat = 2;
inline constexpr uint32_t kNoteTls = 0x401;
inline constexpr uint32_t kNoteHardwareBreakpoints = 0x402;
inline constexpr uint32_t kNoteHardwareWatchpoints = 0x403;
inline constexpr uint32_t kNoteSystemCall = 0x404;
inline constexpr uint32_t kNoteScalable = 0x405;  // NT_ARM_SVE: scalable_state.h
inline constexpr uint32_t kNotePacAddressKeys = 0x407;
inline constexpr uint32_t kNotePacGenericKeys = 0x408;
inline constexpr uint32_t kNotePacEnabledKeys = 0x40a;
inline constexpr uint32_t kNoteStreaming = 0x40b;  // NT_ARM_SSVE
inline constexpr uint32_t kNoteTileArray = 0x40c;  // NT_ARM_ZA

// The sets that make up a thread's state at exec, beyond the general registers. A set the CPU lacks
// is skipped.
inline constexpr std::array<RegisterSetRow, 6> kStateRegisterSets = {{
    {kNoteFloat, "fpsimd", 528},
    {kNoteScalable, "sve", 0},  // behind fpsimd, which sets its beyond to zero
    {kNoteTls, "tls", 0},
    {kNotePacAddressKeys, "pac-address-keys", 64},
    {kNotePacGenericKeys, "pac-generic-keys", 16},
    {kNotePacEnabledKeys, "pac-enabled-keys", 8},
}};

// One line per register that differs: "x3 expected 0x10, is 0x11".
std::vector<std::string> describe_differences(const Registers& expected, const Registers& actual);
std::string to_string(const Registers& registers);

}  // namespace rr::aarch64
