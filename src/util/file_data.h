// Where a sparse file has data, so that its holes need not be read or written.
#pragma once

#include <optional>
#include <sys/types.h>

namespace rr {

struct DataRange {
  off_t begin;  // bytes from the file's start
  off_t end;
};

// The first data at `offset` or behind it, as far as `size` bytes of the file go; nothing where a
// hole reaches up to there. Where the file system cannot tell, all is data. Moves the file's
// position.
std::optional<DataRange> next_data(int file, off_t offset, off_t size);

}  // namespace rr
