// The contents of a block in fewer bytes, and back: RFC 1951 and CRC-32, by libdeflate, which takes
// half the instructions of zlib for the same format.
// Keeps its working memory from block to block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace rr::trace {

// `before`: of the bytes before these.
uint32_t crc_of(std::span<const std::byte> bytes, uint32_t before = 0);

// Whether the byte values of a sample are so even that compression would work for nothing, as in
// what is compressed or encrypted already.
bool looks_random(std::span<const std::byte> plain);

class Compressor final {
 public:
  explicit Compressor(int level);  // 0 (none) to 9
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // Nothing if `plain` is better stored as it is. The result lives until the next call.
  std::optional<std::span<const std::byte>> compress(std::span<const std::byte> plain);

 private:
  struct State;
  std::unique_ptr<State> state_;  // null: level 0
  std::vector<std::byte> output_;
};

class Decompressor final {
 public:
  Decompressor();
  Decompressor(Decompressor&&) noexcept;
  ~Decompressor();

  // False unless `packed` is one whole stream that fills `plain` exactly.
  bool decompress(std::span<const std::byte> packed, std::span<std::byte> plain);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rr::trace
