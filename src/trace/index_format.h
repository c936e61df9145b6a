// The index of a file of blocks: where each block lies, so that a unit is found without reading
// what precedes it. It says nothing that the blocks do not say: a reader that finds it absent or
// damaged scans the block headers instead.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rr::trace {

inline constexpr uint32_t kIndexMagic = 0x49525231;  // "1RRI"

// Header.
inline constexpr size_t kIndexMagicAt = 0;      // u32
inline constexpr size_t kIndexCrcAt = 4;        // u32, over all that follows
inline constexpr size_t kIndexCrcFrom = 8;      //
inline constexpr size_t kIndexCountAt = 8;      // u64, entries
inline constexpr size_t kIndexEndAt = 16;       // u64, the unit after the last
inline constexpr size_t kIndexFileSizeAt = 24;  // u64, bytes in the indexed file
inline constexpr size_t kIndexHeaderSize = 32;

// Entry: u64 first unit, u64 offset of the block.
inline constexpr size_t kIndexEntrySize = 16;

}  // namespace rr::trace
