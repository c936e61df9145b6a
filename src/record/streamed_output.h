// sendfile and its kin move bytes from a file to the recorder's standard output without the
// program ever seeing them. A replay is to print them all the same, so they are read from the file
// as well and left in the thread's scratch memory, of which the program knows nothing.
#pragma once

#include <optional>

#include "arch/arch.h"
#include "tracee/thread.h"
#include "util/types.h"

namespace rr::record {

// Where such a call takes its bytes from, and by which argument it is told how many.
struct StreamSource {
  int32_t fd = -1;
  uint64_t offset = 0;  // bytes
  size_t count_argument = 0;
};

bool is_stream_call(int32_t number);

// The thread stands before the call. Nothing when the bytes cannot be had a second time: they come
// from a pipe or the like.
std::optional<StreamSource> stream_source(const tracee::Thread& thread,
                                          const SyscallArguments& call);

// Behind the call, which moved `size` bytes: puts them at `to`. How many it could.
uint64_t copy_streamed(tracee::Thread& thread, const StreamSource& source, AddressRange to);

}  // namespace rr::record
