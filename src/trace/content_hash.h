// What tells the contents of a stored file from others. All read the whole file, and fail if it
// cannot be read.
#pragma once

#include <cstdint>
#include <string>

#include "trace/file_copy.h"
#include "trace/stored_file.h"
#include "util/fd.h"

namespace rr::trace {

// CRC-32, which the CPU computes: recording can afford it.
uint32_t checksum_of(const OwnedFd& file, const std::string& path);

// By which packing finds equal files.
ContentHash content_hash(const OwnedFd& file, const std::string& path,
                         const BytesDone& progress = {});

}  // namespace rr::trace
