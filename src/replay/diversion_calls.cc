#include "replay/diversion_calls.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "replay/diversion_memory.h"
#include "syscalls/describe.h"
#include "syscalls/errno_names.h"
#include "syscalls/written_parts.h"

namespace rr::replay {

struct DiversionCalls::Row {
  int32_t number;
  DivertedCall (DiversionCalls::*make)(const Request& request);
};

// Sorted. Whatever is not here is refused with ENOSYS.
constexpr DiversionCalls::Row DiversionCalls::kRows[] = {
    {SYS_ioctl, &DiversionCalls::control_terminal},
    {SYS_faccessat, &DiversionCalls::no_file},
    {SYS_openat, &DiversionCalls::no_file},
    {SYS_close, &DiversionCalls::succeed},
    {SYS_write, &DiversionCalls::write},
    {SYS_writev, &DiversionCalls::write_vector},
    {SYS_readlinkat, &DiversionCalls::no_file},
    {SYS_newfstatat, &DiversionCalls::describe_path},
    {SYS_fstat, &DiversionCalls::describe_descriptor},
    {SYS_exit, &DiversionCalls::end},
    {SYS_exit_group, &DiversionCalls::end},
    {SYS_set_tid_address, &DiversionCalls::thread_id},
    {SYS_futex, &DiversionCalls::futex},
    {SYS_set_robust_list, &DiversionCalls::succeed},
    {SYS_nanosleep, &DiversionCalls::sleep},
    {SYS_clock_gettime, &DiversionCalls::tell_time},
    {SYS_clock_nanosleep, &DiversionCalls::sleep},
    {SYS_sched_yield, &DiversionCalls::succeed},
    {SYS_kill, &DiversionCalls::send_signal},
    {SYS_tkill, &DiversionCalls::send_signal},
    {SYS_tgkill, &DiversionCalls::send_signal},
    {SYS_sigaltstack, &DiversionCalls::succeed},
    {SYS_rt_sigaction, &DiversionCalls::old_signal_action},
    {SYS_rt_sigprocmask, &DiversionCalls::old_signal_mask},
    {SYS_rt_sigreturn, &DiversionCalls::end},
    {SYS_gettimeofday, &DiversionCalls::time_of_day},
    {SYS_getpid, &DiversionCalls::process_id},
    {SYS_getppid, &DiversionCalls::parent_id},
    {SYS_getuid, &DiversionCalls::user_id},
    {SYS_geteuid, &DiversionCalls::user_id},
    {SYS_getgid, &DiversionCalls::user_id},
    {SYS_getegid, &DiversionCalls::user_id},
    {SYS_gettid, &DiversionCalls::thread_id},
    {SYS_brk, &DiversionCalls::brk},
    {SYS_munmap, &DiversionCalls::change_range},
    {SYS_mremap, &DiversionCalls::mremap},
    {SYS_mmap, &DiversionCalls::mmap},
    {SYS_mprotect, &DiversionCalls::change_range},
    {SYS_msync, &DiversionCalls::succeed},
    {SYS_mlock, &DiversionCalls::succeed},
    {SYS_munlock, &DiversionCalls::succeed},
    {SYS_mincore, &DiversionCalls::no_call},
    {SYS_madvise, &DiversionCalls::change_range},
    {SYS_getrandom, &DiversionCalls::random},
    {SYS_membarrier, &DiversionCalls::succeed},
    {SYS_statx, &DiversionCalls::no_file},
    {SYS_rseq, &DiversionCalls::no_call},
    {SYS_faccessat2, &DiversionCalls::no_file},
};

namespace {

constexpr int64_t kNanosecondsInSecond = 1'000'000'000;

// So far apart are two looks at a clock: time does not stand still, nor go back.
constexpr uint64_t kClockStep = 1000;

// Of the kernel: struct termios in asm-generic/termbits.h, struct sigaction in asm/signal.h.
using KernelTerminal = std::array<std::byte, 36>;
using KernelAction = std::array<std::byte, 32>;
using KernelMask = uint64_t;

template <typename T>
bool put(Task& task, uint64_t address, const T& object) {
  return task.thread.space().write({address}, bytes_of(object)) == sizeof object;
}

DivertedCall answer(int64_t result) { return CallAnswered{result}; }

template <typename T>
DivertedCall give(Task& task, uint64_t address, const T& object) {
  if (address == 0) return answer(0);
  return answer(put(task, address, object) ? 0 : -EFAULT);
}

timespec time_from(int64_t ns) {
  return {.tv_sec = ns / kNanosecondsInSecond, .tv_nsec = ns % kNanosecondsInSecond};
}

bool is_standard(uint64_t fd) { return fd <= STDERR_FILENO; }

// A terminal, so that the C library shows each line as it is written.
struct stat terminal_status() {
  constexpr unsigned kPseudoTerminals = 136;
  struct stat status {};
  status.st_mode = S_IFCHR | 0620;
  status.st_nlink = 1;
  status.st_rdev = kPseudoTerminals << 8;
  status.st_blksize = 1024;
  return status;
}

std::optional<uint64_t> auxiliary_value(const Task& task, uint64_t type) {
  std::span<const std::byte> rest(task.process->auxiliary_vector);
  for (constexpr size_t kEntry = 16; rest.size() >= kEntry; rest = rest.subspan(kEntry)) {
    const auto entry = *object_from<std::array<uint64_t, 2>>(rest.first(kEntry));
    if (entry[0] == type) return entry[1];
  }
  return std::nullopt;
}

}  // namespace

DivertedCall DiversionCalls::make(Task& task, const Tell& tell) {
  const Request request{task, Arch::syscall_arguments(task.thread.stopped().registers()), tell};
  const auto* row = std::ranges::lower_bound(kRows, request.call.number, {}, &Row::number);
  if (row == std::end(kRows) || row->number != request.call.number) return no_call(request);
  return (this->*row->make)(request);
}

DivertedCall DiversionCalls::refuse(const Request& request, int32_t error) {
  if (request.tell && refused_.insert(request.call.number).second) {
    request.tell("The program calls " + syscalls::call_name(request.call.number) +
                 ", which is not made in a diversion: it is answered " +
                 syscalls::errno_name(error) + ".\n");
  }
  return answer(-error);
}

DivertedCall DiversionCalls::no_file(const Request& request) { return refuse(request, ENOENT); }
DivertedCall DiversionCalls::no_call(const Request& request) { return refuse(request, ENOSYS); }
DivertedCall DiversionCalls::succeed(const Request&) { return answer(0); }

DivertedCall DiversionCalls::brk(const Request& request) {
  return answer(divert_brk(request.task, request.call));
}

DivertedCall DiversionCalls::mmap(const Request& request) {
  constexpr uint64_t kAnonymous = 0x20;
  if ((request.call.args[3] & kAnonymous) == 0) return refuse(request, ENODEV);
  return answer(divert_mmap(request.task, request.call));
}

DivertedCall DiversionCalls::mremap(const Request& request) {
  return answer(divert_mremap(request.task, request.call));
}

DivertedCall DiversionCalls::change_range(const Request& request) {
  return answer(divert_range_call(request.task, request.call));
}

DivertedCall DiversionCalls::write(const Request& request) {
  return write_parts(request, {{{request.call.args[1]}, request.call.args[2]}});
}

DivertedCall DiversionCalls::write_vector(const Request& request) {
  return write_parts(request,
                     syscalls::parts_of_vector(request.task.thread.space(), {request.call.args[1]},
                                               request.call.args[2], INT64_MAX));
}

// Descriptors 1 and 2 are taken for the recorder's own output, wherever the program has sent them.
DivertedCall DiversionCalls::write_parts(const Request& request,
                                         const std::vector<AddressRange>& parts) {
  const uint64_t fd = request.call.args[0];
  if (fd != STDOUT_FILENO && fd != STDERR_FILENO) return refuse(request, EBADF);
  constexpr uint64_t kMost = 1 << 20;  // a short write is allowed
  std::string text;
  for (const AddressRange& part : parts) {
    std::string piece(std::min(part.size, kMost - text.size()), '\0');
    const size_t n = request.task.thread.space().read(
        part.start, std::as_writable_bytes(std::span(piece.data(), piece.size())));
    text += piece.substr(0, n);
    if (n < part.size) break;
  }
  const bool is_empty = std::ranges::all_of(parts, [](const auto& part) { return part.size == 0; });
  if (text.empty() && !is_empty) return answer(-EFAULT);
  output_(fd == STDOUT_FILENO ? trace::Echo::kStdout : trace::Echo::kStderr, text);
  return answer(static_cast<int64_t>(text.size()));
}

DivertedCall DiversionCalls::describe_descriptor(const Request& request) {
  if (!is_standard(request.call.args[0])) return refuse(request, EBADF);
  return give(request.task, request.call.args[1], terminal_status());
}

// glibc asks for descriptors in this way, too.
DivertedCall DiversionCalls::describe_path(const Request& request) {
  const bool is_descriptor = (request.call.args[3] & AT_EMPTY_PATH) != 0;
  if (!is_descriptor || !is_standard(request.call.args[0])) return no_file(request);
  return give(request.task, request.call.args[2], terminal_status());
}

DivertedCall DiversionCalls::control_terminal(const Request& request) {
  const bool is_question = static_cast<uint32_t>(request.call.args[1]) == TCGETS;
  if (!is_question || !is_standard(request.call.args[0])) return answer(-ENOTTY);
  return give(request.task, request.call.args[2], KernelTerminal{});
}

DivertedCall DiversionCalls::process_id(const Request& request) {
  return answer(request.task.process->pid.value);
}
DivertedCall DiversionCalls::thread_id(const Request& request) {
  return answer(request.task.thread.id().value);
}
// Whose child a process was is not known here: as if its parent had ended.
DivertedCall DiversionCalls::parent_id(const Request&) { return answer(1); }

// Those that the program was started with.
DivertedCall DiversionCalls::user_id(const Request& request) {
  constexpr std::array kTypes = {AT_UID, AT_EUID, AT_GID, AT_EGID};  // in the calls' order
  const auto which = static_cast<size_t>(request.call.number - SYS_getuid);
  return answer(static_cast<int64_t>(auxiliary_value(request.task, kTypes.at(which)).value_or(0)));
}

DivertedCall DiversionCalls::tell_time(const Request& request) {
  place_.monotonic_ns += kClockStep;
  place_.realtime_ns += kClockStep;
  switch (static_cast<int32_t>(request.call.args[0])) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
      return give(request.task, request.call.args[1], time_from(place_.realtime_ns));
    default:
      return give(request.task, request.call.args[1],
                  time_from(static_cast<int64_t>(place_.monotonic_ns)));
  }
}

DivertedCall DiversionCalls::time_of_day(const Request& request) {
  place_.monotonic_ns += kClockStep;
  place_.realtime_ns += kClockStep;
  const timespec now = time_from(place_.realtime_ns);
  return give(request.task, request.call.args[0],
              timeval{.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000});
}

// Nobody waits: the clocks go on as if.
DivertedCall DiversionCalls::sleep(const Request& request) {
  const bool has_clock = request.call.number == SYS_clock_nanosleep;
  const bool is_absolute = has_clock && (request.call.args[1] & TIMER_ABSTIME) != 0;
  const auto wanted =
      request.task.thread.space().read_object<timespec>({request.call.args[has_clock ? 2 : 0]});
  if (!wanted) return answer(-EFAULT);
  if (!is_absolute && wanted->tv_sec >= 0 && wanted->tv_sec < INT32_MAX) {
    const int64_t ns = wanted->tv_sec * kNanosecondsInSecond + wanted->tv_nsec;
    place_.monotonic_ns += static_cast<uint64_t>(ns);
    place_.realtime_ns += ns;
  }
  return answer(0);
}

// The same numbers in every diversion from the same place (splitmix64).
DivertedCall DiversionCalls::random(const Request& request) {
  constexpr uint64_t kMost = 256;
  Bytes bytes(std::min(request.call.args[1], kMost));
  for (std::byte& b : bytes) {
    uint64_t z = random_state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    b = static_cast<std::byte>(z >> 56);
  }
  const size_t n = request.task.thread.space().write({request.call.args[0]}, bytes);
  return answer(n == bytes.size() ? static_cast<int64_t>(n) : -EFAULT);
}

// Signals are not delivered here, so that actions and masks have no effect.
DivertedCall DiversionCalls::old_signal_action(const Request& request) {
  return give(request.task, request.call.args[2], KernelAction{});
}
DivertedCall DiversionCalls::old_signal_mask(const Request& request) {
  return give(request.task, request.call.args[2], KernelMask{});
}

DivertedCall DiversionCalls::send_signal(const Request& request) {
  const bool names_both = request.call.number == SYS_tgkill;
  const auto target = static_cast<int32_t>(request.call.args[names_both ? 1 : 0]);
  const auto signal = static_cast<int32_t>(request.call.args[names_both ? 2 : 1]);
  const Task& task = request.task;
  const bool is_own = request.call.number == SYS_kill ? target == task.process->pid.value
                                                      : target == task.thread.id().value;
  if (!is_own) return refuse(request, EPERM);
  if (signal == 0) return answer(0);
  if (signal < 0 || signal > 64) return answer(-EINVAL);
  CallRaised raised;
  raised.info.si_signo = signal;
  raised.info.si_code = request.call.number == SYS_kill ? SI_USER : SI_TKILL;
  raised.info.si_pid = task.process->pid.value;
  raised.info.si_uid = static_cast<uid_t>(auxiliary_value(task, AT_UID).value_or(0));
  return raised;
}

DivertedCall DiversionCalls::futex(const Request& request) {
  const auto command = static_cast<uint32_t>(request.call.args[1]) &
                       ~uint32_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME};
  if (command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET) return answer(0);
  if (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET) return refuse(request, ENOSYS);
  const auto word = request.task.thread.space().read_object<uint32_t>({request.call.args[0]});
  if (!word) return answer(-EFAULT);
  if (*word != static_cast<uint32_t>(request.call.args[2])) return answer(-EAGAIN);
  if (request.call.args[3] != 0) return answer(-ETIMEDOUT);
  return CallStuck{
      "The thread would wait for another one (a lock that somebody holds?), and in a diversion no "
      "other thread runs: it stays before the call."};
}

DivertedCall DiversionCalls::end(const Request& request) {
  return CallStuck{"The program calls " + syscalls::call_name(request.call.number) +
                   ", which is not made in a diversion: the thread stays before the call."};
}

}  // namespace rr::replay
