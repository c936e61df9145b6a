// Which memory an instruction is about to touch, from its encoding and the registers before it: how
// a debugger that steps knows what a step has read. Loads and stores of ARMv8 to 8.6, vector ones
// and atomics included; not SVE, SME, memory tags and the MOPS copies.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/aarch64/registers.h"
#include "util/types.h"

namespace rr::aarch64 {

struct MemoryAccess {
  AddressRange range;  // without tag bits
  bool loads = false;
  bool stores = false;

  bool operator==(const MemoryAccess&) const = default;
};

// Nothing for an instruction that touches no memory (prefetches are hints). `zeroed_block` is the
// size in bytes of what DC ZVA clears on this CPU.
std::optional<MemoryAccess> memory_access(uint32_t instruction, const Registers& before,
                                          uint64_t zeroed_block);

// LDXR and its kin: the exclusive monitor is lost at every stop before the store that belongs to
// it, so that stepping through such a pair never gets past it.
constexpr bool is_exclusive(uint32_t instruction) {
  const bool is_pair_swap = (instruction & 0x80200000) == 0x00200000;  // CASP, one bit away
  return (instruction & 0x3f800000) == 0x08000000 && !is_pair_swap;
}
constexpr bool is_load_exclusive(uint32_t instruction) {
  return is_exclusive(instruction) && (instruction & 0x00400000) != 0;
}
constexpr bool is_store_exclusive(uint32_t instruction) {
  return is_exclusive(instruction) && (instruction & 0x00400000) == 0;
}

}  // namespace rr::aarch64
