// A thread under ptrace, as two types: Running has nothing to ask, Stopped is the licence to look
// at and change the thread and is given up by resuming it. Policy-free: what a stop means is
// decided above. A call that finds the thread gone (SIGKILL may come at any moment) throws
// TraceeDied.
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "arch/arch.h"
#include "util/bytes.h"
#include "util/types.h"

namespace rr::kernel {

// Thrown where ptrace answers ESRCH for a thread that was stopped: it was killed. Caught in the
// recorder's and the replayer's loop, which then wait for its end.
struct TraceeDied {
  Tid tid;
};

// The stops of ptrace(2), for a thread that was attached with PTRACE_SEIZE and kTraceOptions.
struct SeccompStop {};  // before a system call that the filter traces
struct SyscallStop {};  // entry or exit; whoever resumed with kSyscall or kEmulate knows which
struct SignalStop {
  int signal = 0;
};  // about to be delivered, or a trap: see Stopped::signal_info()
struct CloneStop {
  Tid child;
  int event = 0;
};  // PTRACE_EVENT_FORK, _VFORK or _CLONE
struct VforkDoneStop {};
struct ExecStop {
  Tid former;
};  // the thread that called execve; now it has the leader's tid
struct ExitStop {
  int wait_status = 0;
};
struct GroupStop {
  int signal = 0;
};                        // stopped by SIGSTOP and its like
struct InterruptStop {};  // PTRACE_INTERRUPT, or the first stop of a new child
using Stop = std::variant<SeccompStop, SyscallStop, SignalStop, CloneStop, VforkDoneStop, ExecStop,
                          ExitStop, GroupStop, InterruptStop>;

enum class Resume {
  kContinue,     // to the next signal or event
  kSyscall,      // also to the next entry or exit of a system call
  kStep,         // one instruction
  kEmulate,      // as kSyscall, but a system call is not executed (PTRACE_SYSEMU)
  kEmulateStep,  // one instruction; a system call is not executed
  kListen,       // stay in a group stop
};

// NT_ARM_SVE with registers of 256 bytes, the largest that there may be, is a little over 8 KiB.
inline constexpr size_t kLargestRegisterSet = 16384;

class Stopped;

class [[nodiscard]] Running {
 public:
  explicit Running(Tid tid) : tid_(tid) {}
  Running(Running&&) = default;
  Running& operator=(Running&&) = default;
  Tid tid() const { return tid_; }

 private:
  Tid tid_;
};

class [[nodiscard]] Stopped {
 public:
  Stopped(Tid tid, Stop stop) : tid_(tid), stop_(stop) {}
  Stopped(Stopped&&) = default;
  Stopped& operator=(Stopped&&) = default;

  Tid tid() const { return tid_; }
  const Stop& stop() const { return stop_; }
  template <typename S>
  const S* as() const {
    return std::get_if<S>(&stop_);
  }
  bool is_signal(int signal) const {
    const auto* s = as<SignalStop>();
    return s != nullptr && s->signal == signal;
  }

  // General registers, read once a stop. At a SyscallStop x7 is not the program's:
  // arch/aarch64/syscall_stops.h.
  const Registers& registers() const;
  // Takes effect at resume().
  void set_registers(const Registers& registers);

  // Other register sets by their note; nothing (false) where the CPU or the kernel lacks the set.
  // Of a large set the first `most` bytes do.
  std::optional<Bytes> register_set(uint32_t note, size_t most = kLargestRegisterSet) const;
  bool set_register_set(uint32_t note, std::span<const std::byte> bytes);

  // The number of the system call that the thread is in: -1 skips it, at an entry or seccomp stop
  // only.
  int32_t system_call() const;
  void set_system_call(int32_t number);

  siginfo_t signal_info() const;
  void set_signal_info(const siginfo_t& info);
  uint64_t signal_mask() const;
  void set_signal_mask(uint64_t mask);
  // What has been sent to this thread, not to its process as a whole, and not been taken: the first
  // with this number.
  std::optional<siginfo_t> pending(int signal) const;

  // Argument 0 as the kernel keeps it for a restart (orig_x0); readable at entry and seccomp stops.
  std::optional<uint64_t> original_argument0() const;

  // Writes changed registers back and lets the thread run, delivering `signal` if it is not 0.
  // Before a step the registers are always written, which re-arms the step (docs/KERNEL_QUIRKS.md,
  // empty-step).
  Running resume(Resume how, int signal = 0) &&;

  // Without resuming: for a caller that hands the thread to raw ptrace (PTRACE_DETACH).
  void flush_registers();

 private:
  Tid tid_;
  Stop stop_;
  mutable Registers registers_{};
  mutable bool have_registers_ = false;
  bool registers_changed_ = false;
};

// What wait found: a thread stopped, or gone for good (reaped).
struct Ended {
  Tid tid;
  int wait_status = 0;
};
using Waited = std::variant<Stopped, Ended>;

enum class WaitKind { kBlock, kPoll };

// Waits for the next stop or end of any traced thread. Nothing when there is no child left, or none
// is ready (kPoll), or a signal of ours interrupted the wait.
std::optional<Waited> wait_any(WaitKind kind = WaitKind::kBlock);
// The status of this thread if it is gone for good (then it is reaped); stops are left alone.
std::optional<int> wait_ended(Tid tid);
// Whether there is anything left for wait_any to tell of.
bool has_tracees();
// Waits for this thread. Throws TraceeDied when it ended instead of stopping.
Stopped wait_stopped(Running running);
// The same, asking every few milliseconds: once the answer is true the thread is made to stop.
Stopped wait_stopped(Running running, const std::function<bool()>& wants_stop);
// The same, asking only when a signal of ours interrupts the wait (kernel/heartbeat.h).
Stopped wait_stopped_between_beats(Running running, const std::function<bool()>& wants_stop);

// Kills these threads with their processes and returns when all are gone. In whatever order: a
// leader is gone only when its other threads have been waited for.
void kill_and_reap(std::vector<Tid> tids);

// Of a thread that has ended and may have been waited for already.
void reap(Tid tid);

// PTRACE_SEIZE with kTraceOptions. Throws Error with the remedy when it is not permitted.
Running seize(Tid tid);
// Asks a running thread to stop (an InterruptStop, unless something else stops it first).
void interrupt(Tid tid);

}  // namespace rr::kernel
