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
std::optional<uint32_t> crc_of_mapped(int file, off_t begin, off_t end, uint32_t checksum) {
  static const off_t page = ::sysconf(_SC_PAGESIZE);
  constexpr off_t kWindow = off_t{4} << 20;
  while (begin < end) {
    const off_t before = begin % page;  // a block may be smaller than a page
    const off_t size = std::min(kWindow, end - begin + before);
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
  for (off_t offset = 0; offset < size;) {
    const off_t data = ::lseek(file, offset, SEEK_DATA);
    if (data < 0 && errno != ENXIO) return std::nullopt;
    const off_t begin = data < 0 ? size : std::min(data, size);
    checksum = crc_of_zeros(begin - offset, checksum);
    if (begin == size) break;
    const off_t hole = ::lseek(file, begin, SEEK_HOLE);
    if (hole < 0) return std::nullopt;
    const off_t end = std::min(hole, size);
    const auto with_data = crc_of_mapped(file, begin, end, checksum);
    if (!with_data) return std::nullopt;
    checksum = *with_data;
    offset = end;
  }
  return checksum;
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
