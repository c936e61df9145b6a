// The few instructions that are looked at: those whose results the machine decides (reads of the
// generic timer, of random numbers, of ID registers), and those that read a literal near them.
#pragma once

#include <cstdint>
#include <optional>

namespace rr::aarch64 {

// MRS Xt, <register> (Arm ARM, C5.2): the registers that EL0 may read and PR_SET_TSC traps.
enum class CounterRegister : uint32_t {
  kFrequency = 0xd53be000,            // CNTFRQ_EL0
  kVirtualCount = 0xd53be040,         // CNTVCT_EL0
  kVirtualCountOrdered = 0xd53be0c0,  // CNTVCTSS_EL0
};

struct CounterRead {
  CounterRegister source;
  uint32_t target;  // Xt; 31 is the zero register
};

constexpr std::optional<CounterRead> decode_counter_read(uint32_t instruction) {
  const uint32_t target = instruction & 31;
  switch (instruction & ~uint32_t{31}) {
    case static_cast<uint32_t>(CounterRegister::kFrequency):
      return CounterRead{CounterRegister::kFrequency, target};
    case static_cast<uint32_t>(CounterRegister::kVirtualCount):
      return CounterRead{CounterRegister::kVirtualCount, target};
    case static_cast<uint32_t>(CounterRegister::kVirtualCountOrdered):
      return CounterRead{CounterRegister::kVirtualCountOrdered, target};
    default:
      return std::nullopt;
  }
}

// Quirk frequency-count: under QEMU's -icount a trapped CNTFRQ read counts the rest of its
// translation block as well, 1 to some 20 instructions, never the same number; CNTVCT counts 1.
// Replay takes the recorded tick count of such an event for true, having compared the registers.
constexpr bool has_unsteady_tick_count(uint32_t instruction) {
  const auto read = decode_counter_read(instruction);
  return read && read->source == CounterRegister::kFrequency;
}

enum class MachineValue {
  kCounter,   // CNTFRQ_EL0, CNTVCT_EL0, CNTVCTSS_EL0
  kRandom,    // RNDR, RNDRRS
  kIdentity,  // MIDR_EL1, ID_AA64PFR0_EL1, …: trapped and emulated by the kernel
};

constexpr std::optional<MachineValue> machine_value_read_by(uint32_t instruction) {
  if (decode_counter_read(instruction)) return MachineValue::kCounter;
  const uint32_t source = instruction & ~uint32_t{31};
  if (source == 0xd53b2400 || source == 0xd53b2420) return MachineValue::kRandom;
  // Op0 3, op1 0, CRn 0: of these the kernel emulates MIDR, MPIDR and REVIDR (CRm 0, op2 0, 5, 6)
  // and what has CRm 2 to 7 (emulate_id_reg, arch/arm64/kernel/cpufeature.c).
  if ((instruction & 0xfffff000) != 0xd5380000) return std::nullopt;
  const uint32_t row = (instruction >> 8) & 15;
  const uint32_t column = (instruction >> 5) & 7;
  const bool is_number = row == 0 && (column == 0 || column == 5 || column == 6);
  if (is_number || (row >= 2 && row <= 7)) return MachineValue::kIdentity;
  return std::nullopt;
}

// What machine_value_read_by knows is an MRS (C4.1.95) of a register with an even CRn: 0, 2 or 14.
// TPIDR_EL0, which is read everywhere, has 13.
inline constexpr uint32_t kSystemReadMask = 0xfff01000;
inline constexpr uint32_t kSystemRead = 0xd5300000;

// What turns SME on: SMSTART, which is MSR of SVCRSM, SVCRZA or SVCRSMZA with 1 (Arm ARM, C5.2),
// and nothing else has these bits but its unallocated sibling; MSR SVCR, Xt is written by nobody.
inline constexpr uint32_t kStreamingStartMask = 0xfffff9ff;
inline constexpr uint32_t kStreamingStart = 0xd503417f;
constexpr bool starts_streaming(uint32_t instruction) {
  return instruction == 0xd503437f || instruction == 0xd503457f || instruction == 0xd503477f;
}

// Where an LDR, LDRSW or PRFM (literal) at `offset` reads from, as an offset (Arm ARM, C4.1.94:
// opc 011 V 00 imm19 Rt).
inline constexpr uint32_t kLiteralLoadMask = 0x3b000000;
inline constexpr uint32_t kLiteralLoad = 0x18000000;
constexpr std::optional<uint64_t> literal_read_by(uint32_t instruction, uint64_t offset) {
  if ((instruction & kLiteralLoadMask) != kLiteralLoad) return std::nullopt;
  const auto words = static_cast<int32_t>(instruction << 8) >> 13;  // imm19, with its sign
  return offset + static_cast<uint64_t>(int64_t{words} * 4);
}

// What an ID register shows once the features are taken out that programs are not told of: fields
// of ID_AA64PFR1 (MTE, SME), ISAR0 (RNDR), ISAR2 (MOPS); SMFR0 wholly.
constexpr uint64_t shown_identity(uint32_t instruction, uint64_t value) {
  const auto without = [&](int field) { return value & ~(uint64_t{15} << field); };
  switch ((instruction >> 5) & 0x7f) {  // CRm and op2
    case 0x21:
      return without(8) & ~(uint64_t{15} << 24);
    case 0x25:
      return 0;
    case 0x30:
      return without(60);
    case 0x32:
      return without(16);
    default:
      return value;
  }
}

}  // namespace rr::aarch64
