// Makes a recording independent of the files that it was made from: what was stored as a hard link
// becomes a copy, equal contents are stored once. Blocks shared by the file system (reflinks) stay:
// they are the recording's own already, and a copy elsewhere gets all bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace rr::trace {

struct PackResult {
  size_t files = 0;
  size_t copied = 0;  // were hard links to files outside
  size_t shared = 0;  // have the contents of another
};

// Bytes done, of how many. May throw, which ends the packing with everything whole.
using PackProgress = std::function<void(uint64_t done, uint64_t total)>;

// `pool`, unless empty, is a folder in which contents are kept under their hash and linked into the
// recordings packed with it. Every step is a rename: killed at any instant, the recording is whole,
// and packing it again finishes the work. Throws Error; kBadData if a stored file is not what was
// recorded.
PackResult pack(const std::string& directory, const std::string& pool,
                const PackProgress& progress);

}  // namespace rr::trace
