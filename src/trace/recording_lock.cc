#include "trace/recording_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

#include "trace/layout.h"

namespace rr::trace {
namespace {

OwnedFd open_marker(const std::string& directory) {
  const std::string path = directory + "/" + kIncompleteName;
  return OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

}  // namespace

OwnedFd lock_recording(const std::string& directory) {
  OwnedFd marker = open_marker(directory);
  if (marker.is_open() && ::flock(marker.get(), LOCK_EX | LOCK_NB) != 0) marker.reset();
  return marker;
}

bool is_being_recorded(const std::string& directory) {
  const OwnedFd marker = open_marker(directory);
  if (!marker.is_open()) return false;
  return ::flock(marker.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace rr::trace
