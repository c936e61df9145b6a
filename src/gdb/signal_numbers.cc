#include "gdb/signal_numbers.h"

#include <array>
#include <cstddef>

namespace rr::gdb {
namespace {

// By Linux's number. 0: the other side has none.
constexpr std::array<int32_t, 32> kByLinuxNumber = {
    0,                  // none
    1,                  // SIGHUP
    2,                  // SIGINT
    3,                  // SIGQUIT
    4,                  // SIGILL
    5,                  // SIGTRAP
    6,                  // SIGABRT
    10,                 // SIGBUS
    8,                  // SIGFPE
    9,                  // SIGKILL
    30,                 // SIGUSR1
    11,                 // SIGSEGV
    31,                 // SIGUSR2
    13,                 // SIGPIPE
    14,                 // SIGALRM
    15,                 // SIGTERM
    kGdbSignalUnknown,  // SIGSTKFLT
    20,                 // SIGCHLD
    19,                 // SIGCONT
    17,                 // SIGSTOP
    18,                 // SIGTSTP
    21,                 // SIGTTIN
    22,                 // SIGTTOU
    16,                 // SIGURG
    24,                 // SIGXCPU
    25,                 // SIGXFSZ
    26,                 // SIGVTALRM
    27,                 // SIGPROF
    28,                 // SIGWINCH
    23,                 // SIGIO
    32,                 // SIGPWR
    12,                 // SIGSYS
};

}  // namespace

int32_t gdb_signal(int32_t linux_signal) {
  if (linux_signal >= 0 && linux_signal < 32) {
    return kByLinuxNumber[static_cast<size_t>(linux_signal)];
  }
  // Real-time signals: 33 to 63 in a row, the other two were added later.
  if (linux_signal == 32) return 77;
  if (linux_signal >= 33 && linux_signal <= 63) return 45 + linux_signal - 33;
  if (linux_signal == 64) return 78;
  return kGdbSignalUnknown;
}

}  // namespace rr::gdb
