// A recorder holds a lock on its recording while it lives, so that others can tell a recording that
// is being made from one whose recorder was killed.
#pragma once

#include <string>

#include "util/fd.h"

namespace rr::trace {

// Taken on the file `incomplete`. Not open where the file system has no locks.
OwnedFd lock_recording(const std::string& directory);

// False for a finished recording and for one that was cut off.
bool is_being_recorded(const std::string& directory);

}  // namespace rr::trace
