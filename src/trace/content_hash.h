// The hash by which a stored file is known.
#pragma once

#include <optional>
#include <string>

#include "trace/file_store.h"
#include "util/fd.h"

namespace rr::trace {

// Of the whole file. Nothing if this build has no xxhash.
std::optional<ContentHash> content_hash(const OwnedFd& file, const std::string& path);

}  // namespace rr::trace
