// The hash by which a stored file is known.
#pragma once

#include <string>

#include "trace/file_store.h"
#include "util/fd.h"

namespace rr::trace {

// Of the whole file, which is read. Fails if it cannot be.
ContentHash content_hash(const OwnedFd& file, const std::string& path);

// The same of a copy that the caller has just made and nobody else shortens: it is mapped, which
// spares copying it once more.
ContentHash content_hash_of_own(const OwnedFd& file, const std::string& path);

}  // namespace rr::trace
