// CRC-32 as gdb has it for qCRC: the highest bit first, neither reflected nor inverted. Fast over
// zeros, which is what most of a large mapping is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rr::gdb {

inline constexpr uint32_t kCrcOfNothing = ~uint32_t{0};

// Of what `crc` is the checksum of, and these bytes behind it.
uint32_t add_to_crc(uint32_t crc, std::span<const std::byte> bytes);

}  // namespace rr::gdb
