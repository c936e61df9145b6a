#include "replay/mapped_files.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/error.h"

namespace rr::replay {

std::string MappedFiles::path_for(const trace::Mapping& mapping) {
  const trace::FileId id = *mapping.file;
  if ((mapping.flags & MAP_SHARED) == 0) return stored_.path(id);
  const trace::FileIdentity& identity = stored_.info(id).identity;
  const auto [it, is_new] = living_.try_emplace({identity.device, identity.inode});
  Living& living = it->second;
  if (is_new) {
    living.memory = OwnedFd(::memfd_create("rr-mapped", MFD_CLOEXEC));
    if (!living.memory.is_open()) {
      fail_errno("create", "memory for a shared mapping", "", ExitCode::kUnavailable);
    }
  }
  // A later version of the file is what every mapping of it showed at that moment.
  if (is_new || living.version != id) give_contents(living, id);
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(living.memory.get());
}

void MappedFiles::give_contents(Living& living, trace::FileId id) const {
  const std::string path = stored_.path(id);
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail_errno("open", path, "", ExitCode::kBadData);
  std::array<std::byte, 65536> buffer;
  off_t offset = 0;
  for (;;) {
    const ssize_t n = ::pread(file.get(), buffer.data(), buffer.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno("read", path, "", ExitCode::kBadData);
    if (n == 0) break;
    if (::pwrite(living.memory.get(), buffer.data(), static_cast<size_t>(n), offset) != n) {
      fail_errno("fill", "memory for a shared mapping", "", ExitCode::kUnavailable);
    }
    offset += n;
  }
  if (::ftruncate(living.memory.get(), offset) < 0) {
    fail_errno("size", "memory for a shared mapping", "", ExitCode::kUnavailable);
  }
  living.version = id;
}

}  // namespace rr::replay
