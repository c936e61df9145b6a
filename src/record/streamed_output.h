// sendfile and its kin move bytes from a file or a pipe to the recorder's standard output without
// the program ever seeing them. A replay is to print them all the same, so they are read as well,
// from a file afterwards, from a pipe before they leave it, and left in the thread's scratch
// memory, of which the program knows nothing.
#pragma once

#include <optional>

#include "arch/arch.h"
#include "tracee/thread.h"
#include "util/bytes.h"
#include "util/types.h"

namespace rr::record {

// Where such a call takes its bytes from, and by which argument it is told how many.
struct StreamSource {
  int32_t fd = -1;
  uint64_t offset = 0;  // bytes; in a file
  size_t count_argument = 0;
  std::optional<Bytes> waiting = std::nullopt;  // in a pipe: what the call may take
};

bool is_stream_call(int32_t number);
// Of such a call: asked for no bytes, or with a descriptor that is not open, it moves none.
bool moves_nothing(const tracee::Thread& thread, const SyscallArguments& call);

// The thread stands before the call. Nothing when the bytes cannot be had a second time: they come
// from a pipe that is empty as yet, or from a socket.
std::optional<StreamSource> stream_source(const tracee::Thread& thread,
                                          const SyscallArguments& call);

// Behind the call, which moved `size` bytes: puts them at `to`. How many it could.
uint64_t copy_streamed(tracee::Thread& thread, const StreamSource& source, AddressRange to);

}  // namespace rr::record
