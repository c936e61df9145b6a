#include "syscalls/written_parts.h"

#include <algorithm>
#include <array>

namespace rr::syscalls {
namespace {

// As the kernel has them on every 64-bit machine.
constexpr uint64_t kVectorEntry = 16;
constexpr uint64_t kMessageVector = 16;  // msg_iov, then msg_iovlen
constexpr uint64_t kMessageEntry = 64;   // struct mmsghdr
constexpr uint64_t kMessageLength = 56;  // msg_len in it
constexpr uint64_t kMostEntries = 1024;  // UIO_MAXIOV

}  // namespace

std::vector<AddressRange> parts_of_vector(const MemoryReader& reader, Address vector,
                                          uint64_t count, uint64_t size) {
  std::vector<AddressRange> parts;
  for (uint64_t i = 0; i < std::min(count, kMostEntries) && size != 0; ++i) {
    const auto entry = reader.read_object<std::array<uint64_t, 2>>(vector + kVectorEntry * i);
    if (!entry) break;
    const uint64_t part = std::min(size, (*entry)[1]);
    if (part != 0) parts.push_back({{(*entry)[0]}, part});
    size -= part;
  }
  return parts;
}

std::vector<AddressRange> parts_of_message(const MemoryReader& reader, Address message,
                                           uint64_t size) {
  const auto vector = reader.read_object<std::array<uint64_t, 2>>(message + kMessageVector);
  if (!vector) return {};
  return parts_of_vector(reader, {(*vector)[0]}, (*vector)[1], size);
}

std::vector<AddressRange> parts_of_messages(const MemoryReader& reader, Address messages,
                                            uint64_t count) {
  std::vector<AddressRange> all;
  for (uint64_t i = 0; i < std::min(count, kMostEntries); ++i) {
    const Address message = messages + kMessageEntry * i;
    const auto length = reader.read_object<uint32_t>(message + kMessageLength);
    if (!length) break;
    for (const AddressRange& part : parts_of_message(reader, message, *length)) {
      all.push_back(part);
    }
  }
  return all;
}

}  // namespace rr::syscalls
