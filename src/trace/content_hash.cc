#include "trace/content_hash.h"

#define XXH_INLINE_ALL
#include <cerrno>
#include <span>
#include <unistd.h>
#include <vector>
#include <xxhash.h>

#include "trace/compressor.h"
#include "util/error.h"

namespace rr::trace {

namespace {

// Not through a mapping: there, the holes of a file in tmpfs would become pages.
template <typename Take>
void read_all(const OwnedFd& file, const std::string& path, Take take) {
  std::vector<std::byte> chunk(size_t{64} << 10);
  off_t offset = 0;
  while (true) {
    const ssize_t count = ::pread(file.get(), chunk.data(), chunk.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_errno("read", path, "", ExitCode::kIoError);
    if (count == 0) return;
    take(std::span(chunk).first(static_cast<size_t>(count)));
    offset += count;
  }
}

}  // namespace

uint32_t checksum_of(const OwnedFd& file, const std::string& path) {
  uint32_t checksum = 0;
  read_all(file, path, [&](std::span<const std::byte> part) { checksum = crc_of(part, checksum); });
  return checksum;
}

ContentHash content_hash(const OwnedFd& file, const std::string& path, const BytesDone& progress) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  read_all(file, path, [&](std::span<const std::byte> part) {
    XXH3_128bits_update(&state, part.data(), part.size());
    if (progress) progress(part.size());
  });
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return {hash.low64, hash.high64};
}

}  // namespace rr::trace
