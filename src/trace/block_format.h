// The block: the unit in which a recording is compressed, checked and written. A file of the
// recording is a sequence of them and nothing else. Here are the header's bytes and its limits;
// block_writer.h and block_reader.h do the work.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/damage.h"

namespace rr::trace {

// What a block is part of; the first four bytes of its header.
enum class BlockKind : uint32_t {
  kHeader = 0x48525231,   // "1RRH"
  kSummary = 0x53525231,  // "1RRS"
  kFrames = 0x46525231,   // "1RRF"
  kData = 0x44525231,     // "1RRD"
  kFiles = 0x4c525231,    // "1RRL"
};

enum class BlockMethod : uint32_t {
  kStored = 0,
  kDeflate = 1,  // RFC 1951, without zlib's own header and checksum
};

// Units are frames in `frames`, bytes in `data`, messages elsewhere; counted from 0.
struct BlockHeader {
  BlockKind kind = BlockKind::kData;
  BlockMethod method = BlockMethod::kStored;
  uint32_t payload_crc = 0;
  uint32_t stored_size = 0;  // bytes that follow the header
  uint32_t plain_size = 0;   // bytes they unpack to
  uint64_t first = 0;        // the first unit in the block
  uint64_t count = 0;        // how many there are
  uint64_t data_begin = 0;   // frames only: where in `data` the block's memory contents begin
  uint64_t data_end = 0;     // and where they end

  uint64_t end() const { return first + count; }
};

inline constexpr size_t kBlockHeaderSize = 64;
// No block unpacks to more, so a reader never allocates more for one.
inline constexpr size_t kMaxPlainSize = size_t{16} << 20;
// deflate cannot do better than 1032:1; a header that claims more is damaged.
inline constexpr uint64_t kMaxRatio = 1032;

using BlockHeaderBytes = std::array<std::byte, kBlockHeaderSize>;

BlockHeaderBytes to_bytes(const BlockHeader& header);
// Checks all that can be checked without the payload.
BlockHeader parse_block_header(std::span<const std::byte, kBlockHeaderSize> bytes, BlockKind kind,
                               const Place& place);

// Little-endian numbers at a fixed place.
uint32_t load_u32(const std::byte* at);
uint64_t load_u64(const std::byte* at);
void store_u32(std::byte* at, uint32_t value);
void store_u64(std::byte* at, uint64_t value);

}  // namespace rr::trace
