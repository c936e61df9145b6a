#include "gdb/crc32.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace rr::gdb {
namespace {

constexpr std::array<uint32_t, 256> kCrcTable = [] {
  constexpr uint32_t kPolynomial = 0x04c11db7;
  constexpr uint32_t kHighest = uint32_t{1} << 31;
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & kHighest) != 0 ? kPolynomial : 0);
    table[i] = crc;
  }
  return table;
}();

// Bytes that are asked at once whether they are all zero.
constexpr size_t kCrcPiece = 4096;

constexpr uint32_t with_byte(uint32_t crc, uint32_t byte) {
  return (crc << 8) ^ kCrcTable[(crc >> 24) ^ byte];
}

// What a piece of zeros makes of a checksum is linear in its bits: what it makes of each bit.
constexpr std::array<uint32_t, 32> kBehindZeros = [] {
  std::array<uint32_t, 32> columns{};
  for (uint32_t bit = 0; bit < columns.size(); ++bit) columns[bit] = uint32_t{1} << bit;
  // One byte, then twice as many each time.
  for (uint32_t& column : columns) column = with_byte(column, 0);
  for (size_t bytes = 1; bytes < kCrcPiece; bytes *= 2) {
    std::array<uint32_t, 32> twice{};
    for (size_t i = 0; i < columns.size(); ++i) {
      for (uint32_t bit = 0; bit < 32; ++bit) {
        if ((columns[i] >> bit & 1) != 0) twice[i] ^= columns[bit];
      }
    }
    columns = twice;
  }
  return columns;
}();

uint32_t behind_zeros(uint32_t crc) {
  uint32_t result = 0;
  for (uint32_t bit = 0; bit < 32; ++bit) {
    if ((crc >> bit & 1) != 0) result ^= kBehindZeros[bit];
  }
  return result;
}

bool is_zero(std::span<const std::byte> piece) {
  return piece[0] == std::byte{} && std::memcmp(&piece[0], &piece[1], piece.size() - 1) == 0;
}

}  // namespace

uint32_t add_to_crc(uint32_t crc, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(kCrcPiece, bytes.size()));
    bytes = bytes.subspan(piece.size());
    if (piece.size() == kCrcPiece && is_zero(piece)) {
      crc = behind_zeros(crc);
    } else {
      for (const std::byte b : piece) crc = with_byte(crc, std::to_integer<uint32_t>(b));
    }
  }
  return crc;
}

}  // namespace rr::gdb
