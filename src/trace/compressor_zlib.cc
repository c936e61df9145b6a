#include "trace/compressor.h"
#if !__has_include(<libdeflate.h>)

#include <algorithm>
#include <zlib.h>

#include "util/check.h"

namespace rr::trace {

namespace {

constexpr int kRawDeflate = -15;  // zlib's way to say: a 32 KiB window and no zlib header
constexpr int kMemoryLevel = 8;   // zlib's default

Bytef* as_zlib(const std::byte* bytes) {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes));
}

}  // namespace

uint32_t crc_of(std::span<const std::byte> bytes) {
  return static_cast<uint32_t>(crc32_z(0, as_zlib(bytes.data()), bytes.size()));
}

struct Compressor::State {
  explicit State(int level) {
    CHECK(::deflateInit2(&stream, level, Z_DEFLATED, kRawDeflate, kMemoryLevel,
                         Z_DEFAULT_STRATEGY) == Z_OK)
        << "compression level " << level;
  }
  ~State() { ::deflateEnd(&stream); }

  z_stream stream{};
};

Compressor::Compressor(int level) : state_(level == 0 ? nullptr : new State(level)) {}
Compressor::~Compressor() = default;

std::optional<std::span<const std::byte>> Compressor::compress(std::span<const std::byte> plain) {
  if (state_ == nullptr || looks_random(plain)) return std::nullopt;
  output_.resize(std::max(output_.size(), plain.size()));
  z_stream& stream = state_->stream;
  ::deflateReset(&stream);
  stream.next_in = as_zlib(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = as_zlib(output_.data());
  stream.avail_out = static_cast<uInt>(plain.size() - 1);  // no smaller: not worth it
  if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) return std::nullopt;
  return std::span<const std::byte>(output_).first(stream.total_out);
}

struct Decompressor::State {
  State() { CHECK(::inflateInit2(&stream, kRawDeflate) == Z_OK); }
  ~State() { ::inflateEnd(&stream); }

  z_stream stream{};
};

Decompressor::Decompressor() : state_(std::make_unique<State>()) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

bool Decompressor::decompress(std::span<const std::byte> packed, std::span<std::byte> plain) {
  z_stream& stream = state_->stream;
  ::inflateReset(&stream);
  stream.next_in = as_zlib(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = as_zlib(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  return ::inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0 &&
         stream.avail_out == 0;
}

}  // namespace rr::trace

#endif
