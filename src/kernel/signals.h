// What a siginfo tells of where a signal came from.
#pragma once

#include <csignal>

namespace rr::kernel {

// Raised by the instruction that the thread stands at, not sent: a replay meets it by itself.
inline bool is_raised_by_instruction(const siginfo_t& info) {
  switch (info.si_signo) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGTRAP:
      return info.si_code > 0;
    default:
      return false;
  }
}

}  // namespace rr::kernel
