// Puts one file's contents into another, as cheaply as the file system lets us.
#pragma once

#include <string>

#include "util/fd.h"

namespace rr::trace {

enum class CopyResult { kReflinked, kCopied };

// `to` is empty; `from` may be read from anywhere. Holes stay holes. Throws Error(kIoError), naming
// the paths.
CopyResult copy_contents(int from, const std::string& from_path, const OwnedFd& to,
                         const std::string& to_path);

// Byte by byte; false also where one cannot be read.
bool has_same_contents(int one, int other);

}  // namespace rr::trace
