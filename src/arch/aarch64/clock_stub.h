// Code for the program's address space that reads the clock without a stop: the kernel writes the
// time into a buffer, from where it is given to the program. A replay runs the same instructions
// over a buffer that has been filled from the recording; only the system call is a load there.
// The vDSO's functions lead to it.
//
// The buffer is an array of slots. The first is its header: a 32-bit word, the offset of the slot
// that is filled next. Behind the last slot it becomes 0; then, as at the beginning, the functions
// make plain system calls, which the recorder sees.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "util/types.h"

namespace rr::aarch64 {

struct ClockSlot {
  int64_t seconds;
  int64_t nanoseconds;
  int64_t result;  // of the system call: 0 or -errno
  int64_t unused;
};

inline constexpr uint32_t kClockBufferSize = 16384;

// Offsets in bytes into the code.
inline constexpr uint64_t kReadClock = 0;       // clock_gettime's arguments
inline constexpr uint64_t kReadTimeOfDay = 36;  // gettimeofday's arguments
inline constexpr uint64_t kClockReturn = 84;    // behind the system call that fills a slot

enum class ClockSource { kKernel, kBuffer };

using ClockCode = std::array<uint32_t, 33>;

// `buffer` is a multiple of 64 KiB below 4 GiB.
ClockCode clock_code(Address buffer, ClockSource source);

// Whether a thread that is about to execute the instruction at `offset` holds a slot: the header
// has been read, and the slot has not been read yet. No other thread of the process may run then.
constexpr bool holds_clock_slot(uint64_t offset) {
  const bool from_clock = offset >= 8 && offset < 24;
  const bool from_time_of_day = offset >= 52 && offset <= 104;
  return from_clock || from_time_of_day;
}

}  // namespace rr::aarch64
