// The words that the kernel changes when a thread ends with robust mutexes in its hands
// (exit_robust_list and handle_futex_death in kernel/futex/core.c, 6.1 to 7.2): found by walking
// the thread's list as the kernel will.
#pragma once

#include <cstdint>
#include <vector>

#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::syscalls {

struct RobustWord {
  Address address;
  uint32_t after = 0;  // its owner is marked dead

  bool operator==(const RobustWord&) const = default;
};

// `head` is what the thread gave to set_robust_list, `owner` the number by which it holds locks:
// its tid in its own pid namespace.
std::vector<RobustWord> robust_words(Address head, Tid owner, const MemoryReader& memory);

}  // namespace rr::syscalls
