// Makes a stopped thread execute system calls of ours and puts it back as it was. What the thread
// does meanwhile is not counted. The destructor does not throw; a thread that dies under it stays
// unrestored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/ptrace.h"
#include "tracee/low_page.h"
#include "tracee/thread.h"
#include "util/types.h"

namespace rr::tracee {

class RemoteCall {
 public:
  // How the end of a call is noticed.
  enum class Via {
    // The brk behind the injected instruction: one stop a call. It resets a blocked or ignored
    // SIGTRAP (quirk
    // force-sigtrap), so only for a thread whose signal state is not the program's.
    kBreakpoint,
    // Entry and exit stops: nothing is left behind. For a thread that runs the program for real and
    // stands in a system call, which has dropped the scalable registers already.
    kSyscallStops,
  };

  RemoteCall(Thread& thread, Via via, Address instruction = kInjectedSyscall);
  ~RemoteCall();
  RemoteCall(const RemoteCall&) = delete;
  RemoteCall& operator=(const RemoteCall&) = delete;

  // The call's result: a value, or minus an errno.
  int64_t call(int32_t number, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0,
               uint64_t a4 = 0, uint64_t a5 = 0);

  // As call(), but a failure is an Error: "cannot ACT in the tracee: <errno>".
  template <typename... Args>
  int64_t must(const std::string& act, int32_t number, Args... args) {
    const int64_t result = call(number, static_cast<uint64_t>(args)...);
    if (result < 0 && result > -4096) refuse(act, result);
    return result;
  }

  // Puts a zero-terminated string (at most a page) where a call can read it.
  Address push_string(const std::string& text);

 private:
  [[noreturn]] static void refuse(const std::string& act, int64_t result);
  int64_t call_to_breakpoint();
  int64_t call_to_exit_stop();

  Thread& thread_;
  Via via_;
  Address instruction_;
  Registers saved_;
  uint64_t saved_mask_ = 0;
  std::optional<Bytes> scalable_state_;
  TickClock::Pause pause_;
};

}  // namespace rr::tracee
