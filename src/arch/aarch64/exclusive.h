// Sequences of a load-exclusive and the store-exclusive that belongs to it. A stop or a step
// between the two makes the store fail (any exception clears the monitor: Arm ARM, B2.12), so
// whoever steps must go over them in one go. Pure decoding.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "arch/aarch64/memory_access.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::aarch64 {

// Bytes. The architecture promises progress for no longer ones (Arm ARM, B2.12.5).
inline constexpr uint64_t kLongestExclusiveSequence = 128;

// Where a branch at `at` may go beside the next instruction: nothing for what is no direct branch.
std::optional<Address> branch_target(Address at, uint32_t instruction);

struct ExclusiveSequence {
  Address load;
  Address store;
  // Where the thread may be next that is not inside.
  std::vector<Address> exits;

  bool has_inside(Address pc) const { return load < pc && pc <= store; }
};

// The sequence that begins at `load`, if there is one: a load-exclusive, few instructions, a store.
std::optional<ExclusiveSequence> exclusive_sequence_at(Address load, const MemoryReader& code);
// The one that has `pc` inside.
std::optional<ExclusiveSequence> exclusive_sequence_around(Address pc, const MemoryReader& code);

}  // namespace rr::aarch64
