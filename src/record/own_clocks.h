// What the program is told of the time. The recorder's own clocks are the program's unless time
// namespaces come between, so it answers at the entry and saves the stop at the exit: programs ask
// thousands of times, having no vDSO.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "arch/arch.h"
#include "util/memory_reader.h"

namespace rr::record {

class OwnClocks {
 public:
  // timespec and timeval alike.
  using Time = std::array<std::byte, 16>;

  OwnClocks();

  // At the entry of every call: one may give a process clocks of its own.
  void note(const SyscallArguments& call, const MemoryReader& memory);

  // The result of clock_gettime or gettimeofday; nothing where the kernel has to be asked.
  std::optional<Time> answer(const SyscallArguments& call) const;

 private:
  bool are_the_programs_ = true;
};

}  // namespace rr::record
