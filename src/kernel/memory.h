// A process's memory through /proc/PID/mem: it reads and writes whatever is mapped, protections
// aside, and keeps the instruction cache true. The open file belongs to the address space that the
// process had when it was opened: open it anew after exec.
#pragma once

#include <span>

#include "util/fd.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::kernel {

class ProcessMemory final : public MemoryReader {
 public:
  explicit ProcessMemory(Tid tid);

  // Bytes read before the first unmapped one.
  size_t read(Address address, std::span<std::byte> out) const override;
  // Bytes written before the first that cannot be.
  size_t write(Address address, std::span<const std::byte> bytes);

 private:
  bool move_to_living_thread();

  Tid tid_;  // whose file it is
  OwnedFd fd_;
};

// What a call of the process could write: nothing where its memory is read-only. Bytes written
// before the first that cannot be.
size_t write_where_allowed(Tid tid, Address address, std::span<const std::byte> bytes);

}  // namespace rr::kernel
