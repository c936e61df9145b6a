// What this CPU says of its cache blocks.
#pragma once

#include <cstdint>

namespace rr::kernel {

// Bytes that one DC ZVA clears (DCZID_EL0.BS).
uint64_t zeroed_block_size();

}  // namespace rr::kernel
