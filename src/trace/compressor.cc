#include "trace/compressor.h"

#include <algorithm>
#include <libdeflate.h>

#include "util/check.h"

namespace rr::trace {

uint32_t crc_of(std::span<const std::byte> bytes, uint32_t before) {
  return libdeflate_crc32(before, bytes.data(), bytes.size());
}

struct Compressor::State {
  explicit State(int level) : compressor(libdeflate_alloc_compressor(level)) {
    CHECK(compressor != nullptr) << "compression level " << level;
  }
  ~State() { libdeflate_free_compressor(compressor); }

  libdeflate_compressor* compressor;
};

Compressor::Compressor(int level) : state_(level == 0 ? nullptr : new State(level)) {}
Compressor::~Compressor() = default;

std::optional<std::span<const std::byte>> Compressor::compress(std::span<const std::byte> plain) {
  if (state_ == nullptr || looks_random(plain)) return std::nullopt;
  output_.resize(std::max(output_.size(), plain.size()));
  // Given less room than the contents take, it gives up when it would need more.
  const size_t size = libdeflate_deflate_compress(state_->compressor, plain.data(), plain.size(),
                                                  output_.data(), plain.size() - 1);
  if (size == 0) return std::nullopt;
  return std::span<const std::byte>(output_).first(size);
}

struct Decompressor::State {
  State() : decompressor(libdeflate_alloc_decompressor()) { CHECK(decompressor != nullptr); }
  ~State() { libdeflate_free_decompressor(decompressor); }

  libdeflate_decompressor* decompressor;
};

Decompressor::Decompressor() : state_(std::make_unique<State>()) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

bool Decompressor::decompress(std::span<const std::byte> packed, std::span<std::byte> plain) {
  size_t used = 0;
  size_t filled = 0;
  return libdeflate_deflate_decompress_ex(state_->decompressor, packed.data(), packed.size(),
                                          plain.data(), plain.size(), &used,
                                          &filled) == LIBDEFLATE_SUCCESS &&
         used == packed.size() && filled == plain.size();
}

}  // namespace rr::trace
