#include "trace/content_hash.h"

#define XXH_INLINE_ALL
#include <cerrno>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "util/error.h"

namespace rr::trace {

namespace {

ContentHash as_content_hash(const XXH128_hash_t& hash) { return {hash.low64, hash.high64}; }

}  // namespace

ContentHash content_hash(const OwnedFd& file, const std::string& path) {
  constexpr size_t kChunk = size_t{64} << 10;
  std::vector<std::byte> chunk(kChunk);
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  uint64_t offset = 0;
  while (true) {
    const ssize_t count =
        ::pread(file.get(), chunk.data(), chunk.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_errno("read", path, "", ExitCode::kIoError);
    if (count == 0) break;
    XXH3_128bits_update(&state, chunk.data(), static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return as_content_hash(XXH3_128bits_digest(&state));
}

ContentHash content_hash_of_own(const OwnedFd& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) < 0) fail_errno("inspect", path, "", ExitCode::kIoError);
  const auto size = static_cast<size_t>(status.st_size);
  // Touched through a mapping, the holes of a file in tmpfs would become pages.
  const bool has_holes = ::lseek(file.get(), 0, SEEK_HOLE) < status.st_size;
  if (size == 0 || has_holes) return content_hash(file, path);
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) return content_hash(file, path);
  const ContentHash hash = as_content_hash(XXH3_128bits(bytes, size));
  ::munmap(bytes, size);
  return hash;
}

}  // namespace rr::trace
