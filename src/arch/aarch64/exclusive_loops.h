// Finds the loops of load- and store-exclusives in a whole program or library, and which of them
// run at all on a CPU with LSE. Pure decoding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "util/types.h"

namespace rr::aarch64 {

struct ExclusiveLoops {
  // There are loops that run whenever the program comes to them.
  bool has_own = false;
  // The bytes that libgcc's helpers ask whether to take LSE's instructions instead of their loop
  // (__aarch64_have_lse_atomics of each program and library; libgcc/config/aarch64/lse.S): 0 until
  // its constructor has run. Ascending.
  std::vector<Address> switches;

  bool operator==(const ExclusiveLoops&) const = default;
};

// In `code`, which lies at `at`; addresses wrap around, so that 0 gives offsets.
ExclusiveLoops find_exclusive_loops(std::span<const uint32_t> code, Address at);

}  // namespace rr::aarch64
