// Numbers in as few bytes as they need: seven bits to the byte, lowest first, the top bit set on
// all but the last (LEB128); and signed differences folded so that small ones of either sign are
// short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rr::trace {

// Room for ten bytes must be at `out`; returns the end.
inline std::byte* put_varint(uint64_t value, std::byte* out) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<std::byte>(value | 0x80);
  *out++ = static_cast<std::byte>(value);
  return out;
}

// 0, -1, 1, -2, … become 0, 1, 2, 3, …
constexpr uint64_t zigzag(uint64_t difference) {
  return difference << 1 ^ (0 - (difference >> 63));
}
constexpr uint64_t unzigzag(uint64_t folded) { return folded >> 1 ^ (0 - (folded & 1)); }

// Reads numbers until they end. One that is cut short or too long spoils the rest, which the user
// learns at the end.
class VarintReader final {
 public:
  explicit VarintReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint64_t next() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) break;
      const auto byte = static_cast<uint64_t>(bytes_[at_++]);
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    spoiled_ = true;
    return 0;
  }

  // The bytes that follow; fewer, and the rest is spoiled, if there are not so many.
  std::span<const std::byte> take(uint64_t size) {
    if (spoiled_ || size > bytes_.size() - at_) {
      spoiled_ = true;
      return {};
    }
    const auto taken = bytes_.subspan(at_, size);
    at_ += size;
    return taken;
  }

  // Numbers are left.
  bool has_more() const { return !spoiled_ && at_ < bytes_.size(); }
  // Every number was whole.
  bool is_sound() const { return !spoiled_; }

 private:
  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  bool spoiled_ = false;
};

}  // namespace rr::trace
