#include "util/file_data.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace rr {

std::optional<DataRange> next_data(int file, off_t offset, off_t size) {
  if (offset >= size) return std::nullopt;
  const off_t data = ::lseek(file, offset, SEEK_DATA);
  if (data < 0 && errno == ENXIO) return std::nullopt;
  const off_t begin = data < 0 ? offset : data;
  if (begin >= size) return std::nullopt;
  const off_t hole = data < 0 ? size : ::lseek(file, begin, SEEK_HOLE);
  return DataRange{begin, hole < 0 ? size : std::min(hole, size)};
}

}  // namespace rr
