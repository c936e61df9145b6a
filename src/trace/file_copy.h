// Puts one file's contents into another, as cheaply as the file system lets us.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "util/fd.h"

namespace rr::trace {

enum class CopyResult { kReflinked, kCopied };

// Is told of so many more bytes, every few megabytes. May throw.
using BytesDone = std::function<void(uint64_t bytes)>;

// `to` is empty; `from` may be read from anywhere. Holes stay holes. Throws Error(kIoError), naming
// the paths.
CopyResult copy_contents(int from, const std::string& from_path, const OwnedFd& to,
                         const std::string& to_path, const BytesDone& progress = {});

// Byte by byte; false also where one cannot be read.
bool has_same_contents(int one, int other);

}  // namespace rr::trace
