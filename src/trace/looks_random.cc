#include <array>

#include "trace/compressor.h"

namespace rr::trace {

bool looks_random(std::span<const std::byte> plain) {
  constexpr size_t kSampleSize = 2048;
  if (plain.size() < 4 * kSampleSize) return false;
  std::array<uint16_t, 256> counts{};
  const auto middle = plain.subspan((plain.size() - kSampleSize) / 2, kSampleSize);
  for (const std::byte b : middle) ++counts[static_cast<uint8_t>(b)];
  uint64_t squares = 0;
  for (const uint64_t count : counts) squares += count * count;
  // n independent bytes give a sum near this.
  constexpr uint64_t kExpected = kSampleSize * kSampleSize / 256 + kSampleSize;
  return squares < kExpected + kExpected / 8;
}

}  // namespace rr::trace
