#include "trace/content_hash.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include <xxhash.h>

#include "trace/compressor.h"
#include "util/error.h"
#include "util/file_data.h"

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

uint32_t crc_of_zeros(off_t size, uint32_t checksum) {
  static constexpr std::array<std::byte, size_t{64} << 10> kZeros{};
  for (auto rest = static_cast<size_t>(size); rest != 0;) {
    const auto part = std::span(kZeros).first(std::min(rest, kZeros.size()));
    checksum = crc_of(part, checksum);
    rest -= part.size();
  }
  return checksum;
}

// Nothing if it cannot be mapped.
std::optional<uint32_t> crc_of_mapped(int file, DataRange data, uint32_t checksum) {
  static const off_t page = ::sysconf(_SC_PAGESIZE);
  constexpr off_t kWindow = off_t{4} << 20;
  for (off_t begin = data.begin; begin < data.end;) {
    const off_t before = begin % page;  // a block may be smaller than a page
    const off_t size = std::min(kWindow, data.end - begin + before);
    void* const window = ::mmap(nullptr, static_cast<size_t>(size), PROT_READ,
                                MAP_SHARED | MAP_POPULATE, file, begin - before);
    if (window == MAP_FAILED) return std::nullopt;
    const std::span mapped(static_cast<const std::byte*>(window), static_cast<size_t>(size));
    checksum = crc_of(mapped.subspan(static_cast<size_t>(before)), checksum);
    ::munmap(window, mapped.size());
    begin += size - before;
  }
  return checksum;
}

// Leaves out the holes, which in tmpfs would become pages.
std::optional<uint32_t> crc_by_mapping(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return std::nullopt;
  const off_t size = status.st_size;
  uint32_t checksum = 0;
  off_t done = 0;
  for (auto data = next_data(file, 0, size); data; data = next_data(file, done, size)) {
    checksum = crc_of_zeros(data->begin - done, checksum);
    const auto with_data = crc_of_mapped(file, *data, checksum);
    if (!with_data) return std::nullopt;
    checksum = *with_data;
    done = data->end;
  }
  return crc_of_zeros(size - done, checksum);
}

}  // namespace

uint32_t checksum_of_own(const OwnedFd& file, const std::string& path) {
  if (const auto checksum = crc_by_mapping(file.get())) return *checksum;
  return checksum_of(file, path);
}

uint32_t checksum_of(const OwnedFd& file, const std::string& path) {
  uint32_t checksum = 0;
  read_all(file, path, [&](std::span<const std::byte> part) { checksum = crc_of(part, checksum); });
  return checksum;
}

ContentHash content_hash(const OwnedFd& file, const std::string& path) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  read_all(file, path, [&](std::span<const std::byte> part) {
    XXH3_128bits_update(&state, part.data(), part.size());
  });
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return {hash.low64, hash.high64};
}

}  // namespace rr::trace
