// Where in memory the bytes lie that a call with a vector has written out.
#pragma once

#include <cstdint>
#include <vector>

#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::syscalls {

// The first `size` bytes of an array of struct iovec.
std::vector<AddressRange> parts_of_vector(const MemoryReader& reader, Address vector,
                                          uint64_t count, uint64_t size);
// The same of a struct msghdr.
std::vector<AddressRange> parts_of_message(const MemoryReader& reader, Address message,
                                           uint64_t size);
// Of `count` struct mmsghdr, each of which tells how much of it was sent.
std::vector<AddressRange> parts_of_messages(const MemoryReader& reader, Address messages,
                                            uint64_t count);

}  // namespace rr::syscalls
