// Names of the numbers that calls fail with, and of signals.
#pragma once

#include <cstdint>
#include <string>

namespace rr::syscalls {

// "ENOENT"; the codes by which the kernel restarts calls ("ERESTARTSYS") too; a number if unknown.
std::string errno_name(int64_t error);

// "SIGINT", "SIGRT_3"; a number if it is no signal.
std::string signal_name(int64_t signal);

}  // namespace rr::syscalls
