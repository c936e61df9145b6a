#include "record/trace_sink.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

#include "util/fd.h"

namespace rr::record {

void TraceSink::add_memory(const MemoryReader& memory, Address address, uint64_t size) {
  while (size != 0) {
    const std::span<std::byte> place = writer_.reserve_data(size);
    const std::span<std::byte> part = place.first(std::min<uint64_t>(size, place.size()));
    const size_t n = memory.read(address, part);
    writer_.commit_data(address, n);
    if (n < part.size()) return;
    address = address + n;
    size -= n;
  }
}

std::optional<trace::FileId> TraceSink::add_file(const std::string& path, const std::string& name) {
  OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) < 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return files_.add(fd.get(), name);
}

FrameNumber TraceSink::append(const trace::Frame& frame) { return writer_.append(frame); }

}  // namespace rr::record
