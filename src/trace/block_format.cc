#include "trace/block_format.h"

#include <bit>
#include <cstring>

#include "trace/compressor.h"
namespace rr::trace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie");

namespace {

// Offsets in the header. The checksum covers everything behind it.
constexpr size_t kKindAt = 0;
constexpr size_t kHeaderCrcAt = 4;
constexpr size_t kMethodAt = 8;
constexpr size_t kPayloadCrcAt = 12;
constexpr size_t kStoredSizeAt = 16;
constexpr size_t kPlainSizeAt = 20;
constexpr size_t kFirstAt = 24;
constexpr size_t kCountAt = 32;
constexpr size_t kDataBeginAt = 40;
constexpr size_t kDataEndAt = 48;
constexpr size_t kReservedAt = 56;

uint32_t header_crc(std::span<const std::byte, kBlockHeaderSize> bytes) {
  return crc_of(bytes.subspan(kMethodAt));
}

}  // namespace

uint32_t load_u32(const std::byte* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

uint64_t load_u64(const std::byte* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void store_u32(std::byte* at, uint32_t value) { std::memcpy(at, &value, sizeof value); }
void store_u64(std::byte* at, uint64_t value) { std::memcpy(at, &value, sizeof value); }

BlockHeaderBytes to_bytes(const BlockHeader& header) {
  BlockHeaderBytes bytes{};
  store_u32(&bytes[kKindAt], static_cast<uint32_t>(header.kind));
  store_u32(&bytes[kMethodAt], static_cast<uint32_t>(header.method));
  store_u32(&bytes[kPayloadCrcAt], header.payload_crc);
  store_u32(&bytes[kStoredSizeAt], header.stored_size);
  store_u32(&bytes[kPlainSizeAt], header.plain_size);
  store_u64(&bytes[kFirstAt], header.first);
  store_u64(&bytes[kCountAt], header.count);
  store_u64(&bytes[kDataBeginAt], header.data_begin);
  store_u64(&bytes[kDataEndAt], header.data_end);
  store_u32(&bytes[kHeaderCrcAt], header_crc(bytes));
  return bytes;
}

BlockHeader parse_block_header(std::span<const std::byte, kBlockHeaderSize> bytes, BlockKind kind,
                               const Place& place) {
  if (load_u32(&bytes[kKindAt]) != static_cast<uint32_t>(kind))
    fail_damaged(place, "no block of the expected kind begins here");
  if (load_u32(&bytes[kHeaderCrcAt]) != header_crc(bytes))
    fail_damaged(place, "the block header's checksum is wrong");

  const uint32_t method = load_u32(&bytes[kMethodAt]);
  if (method > static_cast<uint32_t>(BlockMethod::kDeflate))
    fail_newer(place, "unknown compression method " + std::to_string(method));
  if (load_u64(&bytes[kReservedAt]) != 0) fail_newer(place, "unknown use of the block header");

  const BlockHeader header = {.kind = kind,
                              .method = static_cast<BlockMethod>(method),
                              .payload_crc = load_u32(&bytes[kPayloadCrcAt]),
                              .stored_size = load_u32(&bytes[kStoredSizeAt]),
                              .plain_size = load_u32(&bytes[kPlainSizeAt]),
                              .first = load_u64(&bytes[kFirstAt]),
                              .count = load_u64(&bytes[kCountAt]),
                              .data_begin = load_u64(&bytes[kDataBeginAt]),
                              .data_end = load_u64(&bytes[kDataEndAt])};
  const bool sizes_fit = header.method == BlockMethod::kStored
                             ? header.stored_size == header.plain_size
                             : header.stored_size < header.plain_size &&
                                   header.plain_size <= header.stored_size * kMaxRatio;
  if (header.plain_size == 0 || header.plain_size > kMaxPlainSize || !sizes_fit)
    fail_damaged(place, "a block of " + std::to_string(header.stored_size) + " bytes claims " +
                            std::to_string(header.plain_size) + " bytes of contents");
  // A unit takes at least a byte, so this bounds the count as well.
  if (header.count == 0 || header.count > header.plain_size ||
      header.first + header.count < header.first)
    fail_damaged(place, "the block's count is impossible");
  if (kind == BlockKind::kData && header.count != header.plain_size)
    fail_damaged(place, "the block's count is not its size");
  if (header.data_begin > header.data_end)
    fail_damaged(place, "the block's data ends before it begins");
  return header;
}

}  // namespace rr::trace
