#include "record/trace_sink.h"

#include <algorithm>

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

void TraceSink::add_memory(std::span<const std::byte> bytes, Address address) {
  while (!bytes.empty()) {
    const std::span<std::byte> place = writer_.reserve_data(bytes.size());
    const size_t n = std::min(bytes.size(), place.size());
    std::ranges::copy(bytes.first(n), place.begin());
    writer_.commit_data(address, n);
    bytes = bytes.subspan(n);
    address = address + n;
  }
}

FrameNumber TraceSink::append(const trace::Frame& frame) {
  last_ = writer_.append(frame);
  return last_;
}

}  // namespace rr::record
