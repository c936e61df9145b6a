#include "trace/content_hash.h"

#define XXH_INLINE_ALL
#include <cerrno>
#include <unistd.h>
#include <xxhash.h>

#include "util/error.h"

namespace rr::trace {

std::optional<ContentHash> content_hash(const OwnedFd& file, const std::string& path) {
  constexpr size_t kChunk = size_t{256} << 10;
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
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return ContentHash{hash.low64, hash.high64};
}

}  // namespace rr::trace
