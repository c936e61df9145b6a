// The few instructions that are looked at: reads of the generic timer's registers, whose values the
// machine decides.
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

// How far a direct branch (B, B.cond, CBZ, CBNZ, TBZ, TBNZ) goes, in bytes; nothing for any other
// instruction.
constexpr std::optional<int64_t> branch_offset(uint32_t instruction) {
  const auto offset = [instruction](int low, int width) {
    const uint64_t field = instruction >> low & ((uint64_t{1} << width) - 1);
    const uint64_t sign = uint64_t{1} << (width - 1);
    return static_cast<int64_t>((field ^ sign) - sign) * 4;
  };
  if ((instruction & 0xfc000000) == 0x14000000) return offset(0, 26);  // B
  if ((instruction & 0xff000000) == 0x54000000) return offset(5, 19);  // B.cond, BC.cond
  if ((instruction & 0x7e000000) == 0x34000000) return offset(5, 19);  // CBZ, CBNZ
  if ((instruction & 0x7e000000) == 0x36000000) return offset(5, 14);  // TBZ, TBNZ
  return std::nullopt;
}

}  // namespace rr::aarch64
