#include "kernel/ptrace.h"

#include <cerrno>
#include <cstring>
#include <elf.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/scalable_state.h"
#include "arch/aarch64/syscall_stops.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::kernel {
namespace {

// From arch/arm64/include/uapi/asm/ptrace.h; glibc has them only for some CPUs.
constexpr int kPtraceSysemu = 31;
constexpr int kPtraceSysemuSinglestep = 32;

constexpr unsigned long kTraceOptions =
    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
    PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP |
    PTRACE_O_EXITKILL;

long request(int what, Tid tid, uint64_t address, const void* data) {
  return ::ptrace(static_cast<__ptrace_request>(what), tid.value,
                  reinterpret_cast<void*>(static_cast<uintptr_t>(address)),
                  const_cast<void*>(data));
}

// A request that can fail only because the thread is gone.
long must(int what, Tid tid, uint64_t address, const void* data) {
  const long result = request(what, tid, address, data);
  if (result < 0) {
    if (errno == ESRCH) throw TraceeDied{tid};
    fail_errno("use ptrace request " + std::to_string(what) + " on",
               "thread " + std::to_string(tid.value));
  }
  return result;
}

const void* as_data(uint64_t value) {
  return reinterpret_cast<const void*>(static_cast<uintptr_t>(value));
}

int request_of(Resume how) {
  switch (how) {
    case Resume::kContinue:
      return PTRACE_CONT;
    case Resume::kSyscall:
      return PTRACE_SYSCALL;
    case Resume::kStep:
      return PTRACE_SINGLESTEP;
    case Resume::kEmulate:
      return kPtraceSysemu;
    case Resume::kEmulateStep:
      return kPtraceSysemuSinglestep;
    case Resume::kListen:
      return PTRACE_LISTEN;
  }
  CHECK(false) << static_cast<int>(how);
  return 0;
}

bool cpu_has(uint64_t feature) {
  static const uint64_t features = ::getauxval(AT_HWCAP);
  return (features & feature) != 0;
}

unsigned long event_message(Tid tid) {
  unsigned long message = 0;
  must(PTRACE_GETEVENTMSG, tid, 0, &message);
  return message;
}

Stop stop_of(Tid tid, int status) {
  const int signal = WSTOPSIG(status);
  switch (status >> 16) {
    case 0:
      if (signal == (SIGTRAP | 0x80)) return SyscallStop{};
      return SignalStop{signal};
    case PTRACE_EVENT_SECCOMP:
      return SeccompStop{};
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      return CloneStop{{static_cast<int32_t>(event_message(tid))}, status >> 16};
    case PTRACE_EVENT_VFORK_DONE:
      return VforkDoneStop{};
    case PTRACE_EVENT_EXEC:
      return ExecStop{{static_cast<int32_t>(event_message(tid))}};
    case PTRACE_EVENT_EXIT:
      return ExitStop{static_cast<int>(event_message(tid))};
    case PTRACE_EVENT_STOP:
      if (signal == SIGTRAP) return InterruptStop{};
      return GroupStop{signal};
  }
  CHECK(false) << "unknown ptrace event in wait status " << status;
  return SignalStop{signal};
}

}  // namespace

const Registers& Stopped::registers() const {
  if (!have_registers_) {
    iovec view{&registers_, sizeof registers_};
    must(PTRACE_GETREGSET, tid_, NT_PRSTATUS, &view);
    registers_ = aarch64::without_phantom_ssbs(registers_, cpu_has(aarch64::kHwcapSsbs));
    have_registers_ = true;
  }
  return registers_;
}

void Stopped::set_registers(const Registers& registers) {
  registers_ = registers;
  have_registers_ = true;
  registers_changed_ = true;
}

void Stopped::flush_registers() {
  if (!registers_changed_) return;
  iovec view{&registers_, sizeof registers_};
  must(PTRACE_SETREGSET, tid_, NT_PRSTATUS, &view);
  registers_changed_ = false;
}

std::optional<Bytes> Stopped::register_set(uint32_t note, size_t most) const {
  if (note == aarch64::kNoteScalable && !cpu_has(aarch64::kHwcapScalable)) return std::nullopt;
  Bytes bytes(most);
  iovec view{bytes.data(), bytes.size()};
  if (request(PTRACE_GETREGSET, tid_, note, &view) < 0) {
    if (errno == ESRCH) throw TraceeDied{tid_};
    return std::nullopt;
  }
  bytes.resize(view.iov_len);
  // The kernel fills this one up to the size that it could have at most.
  if (note == aarch64::kNoteScalable) aarch64::trim_scalable_set(bytes);
  return bytes;
}

bool Stopped::set_register_set(uint32_t note, std::span<const std::byte> bytes) {
  iovec view{const_cast<std::byte*>(bytes.data()), bytes.size()};
  if (request(PTRACE_SETREGSET, tid_, note, &view) == 0) return true;
  if (errno == ESRCH) throw TraceeDied{tid_};
  return false;
}

int32_t Stopped::system_call() const {
  int32_t number = 0;
  iovec view{&number, sizeof number};
  must(PTRACE_GETREGSET, tid_, aarch64::kNoteSystemCall, &view);
  return number;
}

void Stopped::set_system_call(int32_t number) {
  iovec view{&number, sizeof number};
  must(PTRACE_SETREGSET, tid_, aarch64::kNoteSystemCall, &view);
}

siginfo_t Stopped::signal_info() const {
  siginfo_t info{};
  must(PTRACE_GETSIGINFO, tid_, 0, &info);
  return info;
}

void Stopped::set_signal_info(const siginfo_t& info) { must(PTRACE_SETSIGINFO, tid_, 0, &info); }

uint64_t Stopped::signal_mask() const {
  uint64_t mask = 0;
  must(PTRACE_GETSIGMASK, tid_, sizeof mask, &mask);
  return mask;
}

void Stopped::set_signal_mask(uint64_t mask) { must(PTRACE_SETSIGMASK, tid_, sizeof mask, &mask); }

std::optional<siginfo_t> Stopped::pending(int signal) const {
  siginfo_t info{};
  __ptrace_peeksiginfo_args which{.off = 0, .flags = 0, .nr = 1};
  while (request(PTRACE_PEEKSIGINFO, tid_, reinterpret_cast<uintptr_t>(&which), &info) == 1) {
    if (info.si_signo == signal) return info;
    ++which.off;
  }
  return std::nullopt;
}

std::optional<uint64_t> Stopped::original_argument0() const {
  __ptrace_syscall_info info{};
  if (request(PTRACE_GET_SYSCALL_INFO, tid_, sizeof info, &info) < 0) {
    if (errno == ESRCH) throw TraceeDied{tid_};
    return std::nullopt;
  }
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) return info.entry.args[0];
  if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) return info.seccomp.args[0];
  return std::nullopt;
}

Running Stopped::resume(Resume how, int signal) && {
  if (how == Resume::kStep || how == Resume::kEmulateStep) {
    registers();
    registers_changed_ = true;
  }
  flush_registers();
  must(request_of(how), tid_, 0, as_data(static_cast<uint64_t>(signal)));
  return Running(tid_);
}

std::optional<Waited> wait_any(WaitKind kind) {
  for (;;) {
    int status = 0;
    const int flags = __WALL | (kind == WaitKind::kPoll ? WNOHANG : 0);
    const pid_t tid = ::waitpid(-1, &status, flags);
    if (tid < 0 && errno == EINTR) return std::nullopt;
    if (tid <= 0) return std::nullopt;
    if (!WIFSTOPPED(status)) return Ended{{tid}, status};
    try {
      return Stopped({tid}, stop_of({tid}, status));
    } catch (const TraceeDied&) {
      continue;  // it vanished between its stop and the question about it: its end is the next news
    }
  }
}

std::optional<int> wait_ended(Tid tid) {
  siginfo_t info{};
  constexpr int kLook = WEXITED | WNOHANG | WNOWAIT | __WALL;
  const auto id = static_cast<id_t>(tid.value);
  if (::waitid(P_PID, id, &info, kLook) != 0 || info.si_pid == 0) return std::nullopt;
  int status = 0;
  if (::waitpid(tid.value, &status, __WALL | WNOHANG) != tid.value) return std::nullopt;
  return status;
}

bool has_tracees() {
  siginfo_t info{};
  const int what = WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL;
  return ::waitid(P_ALL, 0, &info, what) == 0 || errno != ECHILD;
}

Stopped wait_stopped(Running running) {
  const Tid tid = running.tid();
  int status = 0;
  pid_t waited;
  do {
    waited = ::waitpid(tid.value, &status, __WALL);
  } while (waited < 0 && errno == EINTR);
  if (waited < 0 || !WIFSTOPPED(status)) throw TraceeDied{tid};
  return Stopped(tid, stop_of(tid, status));
}

namespace {

constexpr timespec kBetweenQuestions{.tv_sec = 0, .tv_nsec = 5'000'000};

// Whether a stop also sends us SIGCHLD. Making up a signal that does nothing is a part of what each
// stop costs (do_notify_parent_cldstop in kernel/signal.c).
void have_stops_signalled(bool wanted) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  action.sa_flags = wanted ? 0 : SA_NOCLDSTOP;
  ::sigaction(SIGCHLD, &action, nullptr);
}

// While one lives, SIGCHLD tells of stops, and waits to be asked for.
class ChildSignal {
 public:
  ChildSignal() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &set_, &before_);
    have_stops_signalled(true);
  }
  ~ChildSignal() {
    have_stops_signalled(false);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  ChildSignal(const ChildSignal&) = delete;
  ChildSignal& operator=(const ChildSignal&) = delete;

  void wait(const timespec& at_most) { ::sigtimedwait(&set_, nullptr, &at_most); }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace

// An interrupt that comes too late is forgotten by the kernel: any stop clears it (ptrace_stop in
// kernel/signal.c).
Stopped wait_stopped(Running running, const std::function<bool()>& wants_stop) {
  const Tid tid = running.tid();
  ChildSignal signal;
  for (bool is_asked = false;;) {
    int status = 0;
    const pid_t waited = ::waitpid(tid.value, &status, __WALL | WNOHANG);
    if (waited == tid.value && WIFSTOPPED(status)) return Stopped(tid, stop_of(tid, status));
    if (waited != 0 && !(waited < 0 && errno == EINTR)) throw TraceeDied{tid};
    if (!is_asked && wants_stop && wants_stop()) {
      interrupt(tid);
      is_asked = true;
    }
    signal.wait(kBetweenQuestions);
  }
}

Stopped wait_stopped_between_beats(Running running, const std::function<bool()>& wants_stop) {
  const Tid tid = running.tid();
  int status = 0;
  while (::waitpid(tid.value, &status, __WALL) < 0) {
    if (errno != EINTR) throw TraceeDied{tid};
    if (wants_stop()) interrupt(tid);
  }
  if (!WIFSTOPPED(status)) throw TraceeDied{tid};
  return Stopped(tid, stop_of(tid, status));
}

void kill_and_reap(std::vector<Tid> tids) {
  for (const Tid tid : tids) {
    ::kill(tid.value, SIGKILL);
    // A process that ends already drops SIGKILL (prepare_signal, kernel/signal.c of 6.12): whoever
    // stands at its exit stop is let go by this. From any other stop it is gone, and this fails.
    request(PTRACE_CONT, tid, 0, nullptr);
  }
  while (!tids.empty()) {
    const size_t count = tids.size();
    std::erase_if(tids, [](Tid tid) {
      int status = 0;
      const pid_t waited = ::waitpid(tid.value, &status, __WALL | WNOHANG);
      if (waited == tid.value && WIFSTOPPED(status)) request(PTRACE_CONT, tid, 0, nullptr);
      return (waited == tid.value && !WIFSTOPPED(status)) || (waited < 0 && errno == ECHILD);
    });
    if (tids.size() == count) ::usleep(50);
  }
}

void reap(Tid tid) {
  int status = 0;
  ::waitpid(tid.value, &status, __WALL | WNOHANG);
}

Running seize(Tid tid) {
  if (request(PTRACE_SEIZE, tid, 0, as_data(kTraceOptions)) < 0) {
    fail_errno("trace", "thread " + std::to_string(tid.value),
               "ptrace is denied here: is this a container without SYS_PTRACE, or is "
               "kernel.yama.ptrace_scope 3?",
               ExitCode::kUnavailable);
  }
  have_stops_signalled(false);
  return Running(tid);
}

void interrupt(Tid tid) { must(PTRACE_INTERRUPT, tid, 0, nullptr); }

}  // namespace rr::kernel
