// How late the kernel may let a recorded program's sleeps and timeouts end (prctl(2),
// PR_SET_TIMERSLACK). A recorded thread takes some twenty times as long from call to call. A wait
// with a timeout of a few microseconds, fifty with the usual slack, would be over before another
// thread had come to the call that ends it, each time anew; so the slack is wider, too. The program
// is shown the one it would have.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"

namespace rr::record {

class TimerSlack {
 public:
  TimerSlack();

  // Nanoseconds for the first thread, whose children inherit it; nothing if its own is as wide.
  std::optional<uint64_t> wanted() const;

  // At the exit of a call: whether its result was ours and has been exchanged in `after`.
  bool hide(const SyscallArguments& call, Registers& after) const;

 private:
  uint64_t own_;  // what the program would inherit from us
};

}  // namespace rr::record
