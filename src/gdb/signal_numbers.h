// gdb numbers signals in its own way, the same on every system; the recording has Linux's numbers.
#pragma once

#include <cstdint>

namespace rr::gdb {

inline constexpr int32_t kGdbSignalInterrupt = 2;
inline constexpr int32_t kGdbSignalTrap = 5;
inline constexpr int32_t kGdbSignalUnknown = 143;

int32_t gdb_signal(int32_t linux_signal);

}  // namespace rr::gdb
