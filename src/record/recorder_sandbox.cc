// The program's own seccomp filters: installed, asked, obeyed.

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <utility>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"
#include "record/recorder.h"
#include "tracee/low_page.h"
#include "util/log.h"

namespace rr::record {

using kernel::Resume;

namespace {

enum class Ask { kMode, kStrict, kFilter, kOther };

struct SeccompRequest {
  Ask ask = Ask::kOther;
  uint64_t flags = 0;
  Address program;
};

SeccompRequest seccomp_request(const SyscallArguments& call) {
  if (call.number != aarch64::kSysPrctl) {
    const auto operation = static_cast<uint32_t>(call.args[0]);
    return {operation == SECCOMP_SET_MODE_STRICT ? Ask::kStrict : Ask::kFilter,
            call.args[1],
            {call.args[2]}};
  }
  if (call.args[0] == PR_GET_SECCOMP) return {Ask::kMode, 0, {}};
  if (call.args[1] == SECCOMP_MODE_STRICT) return {Ask::kStrict, 0, {}};
  if (call.args[1] == SECCOMP_MODE_FILTER) return {Ask::kFilter, 0, {call.args[2]}};
  return {};
}

// struct sock_fprog.
struct FilterHeader {
  uint16_t length;
  uint16_t padding[3];
  uint64_t instructions;
};
static_assert(sizeof(FilterHeader) == sizeof(sock_fprog));

// Nothing for what the kernel will refuse by itself.
std::optional<syscalls::FilterProgram> read_filter(const MemoryReader& memory, Address at) {
  const auto header = memory.read_object<FilterHeader>(at);
  if (!header || header->length == 0 || header->length > syscalls::kLongestFilter) {
    return std::nullopt;
  }
  syscalls::FilterProgram program(header->length);
  const auto bytes = std::as_writable_bytes(std::span(program));
  if (memory.read({header->instructions}, bytes) != bytes.size()) return std::nullopt;
  if (!syscalls::is_valid_filter(program)) return std::nullopt;
  return program;
}

// What the kernel gets in a filter's place: it allows all, but for calls that the recorder sends to
// the supervisor. The kernel so checks privileges, makes the listener, synchronizes threads.
constexpr auto kSubstitute = [] {
  constexpr uint32_t kPointer = offsetof(seccomp_data, instruction_pointer);
  constexpr auto kLow = static_cast<uint32_t>(tracee::kNotifyingReturn.value);
  constexpr auto kHigh = static_cast<uint32_t>(tracee::kNotifyingReturn.value >> 32);
  return std::array<sock_filter, 6>{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPointer),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kLow, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPointer + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kHigh, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
}();
constexpr sock_filter kAllowAll = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

// Returns where a sock_fprog lies.
Address place_substitute(tracee::AddressSpace& space, Listener listener) {
  const Address page = tracee::argument_page().start;
  const Address instructions = page + sizeof(FilterHeader);
  const bool notifies = listener == Listener::kSome;
  const FilterHeader header{
      static_cast<uint16_t>(notifies ? kSubstitute.size() : 1), {}, instructions.value};
  space.write_all(page, bytes_of(header));
  space.write_all(instructions, notifies ? bytes_of(kSubstitute) : bytes_of(kAllowAll));
  return page;
}

Listener listener_of(const SyscallArguments& call) {
  const bool is_wanted = (seccomp_request(call).flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
  return is_wanted ? Listener::kSome : Listener::kNone;
}

// Calls that the vDSO makes in a recording only: without a recorder it would have read the clock by
// itself, and no filter would have seen it.
bool is_made_for_vdso(const tracee::Thread& thread, const SyscallArguments& call, Address pc) {
  if (call.number != aarch64::kSysClockGettime && call.number != aarch64::kSysClockGetres &&
      call.number != aarch64::kSysGettimeofday) {
    return false;
  }
  if (tracee::clock_code().contains(pc)) return true;
  const auto maps = kernel::read_maps(thread.real());
  return std::any_of(maps.begin(), maps.end(), [&](const kernel::MapsEntry& entry) {
    return entry.name == "[vdso]" && entry.range.contains(pc);
  });
}

uint64_t kernel_verdict_at(Fate fate) {
  switch (fate) {
    case Fate::kTrap:
      return kernel::kTrapAt;
    case Fate::kKillThread:
      return kernel::kKillThreadAt;
    default:
      return kernel::kKillProcessAt;
  }
}

}  // namespace

// Asks the thread's filters. False when the call is to go its way, if only to the supervisor.
bool Recorder::is_taken_by_sandbox(Task& task, InCall& call, const trace::Frame& entry) {
  if (task.sandbox.is_empty()) return false;
  const Address pc = Arch::pc(call.before);
  if (is_made_for_vdso(task.thread, call.call, pc)) return false;
  const Verdict verdict = task.sandbox.judge(call.call, pc);
  tracee::Thread& thread = task.thread;
  switch (verdict.fate) {
    case Fate::kRuns:
      return false;
    case Fate::kNotify:
      call.is_notifying = true;
      return false;
    case Fate::kError:
      answer_without_running(task, entry, -verdict.data);
      return true;
    case Fate::kTrap: {
      trace::Frame frame = entry;
      frame.event = trace::SyscallEvent{.number = trace::kNotRun};
      sink_.append(frame);
      task.trapped = Trapped{verdict.data, pc};
      break;
    }
    case Fate::kKillThread:
    case Fate::kKillProcess:
      task.state = std::move(call);
      break;
    case Fate::kKillStrictly:
      task.state = std::move(call);
      ::kill(thread.process().value, SIGKILL);
      thread.resume(Resume::kSyscall);
      return true;
  }
  // The rest is done by the kernel, which judges the call once more.
  Registers registers = thread.stopped().registers();
  Arch::set_pc(registers, tracee::kInjectedReturn + kernel_verdict_at(verdict.fate));
  thread.stopped().set_registers(registers);
  thread.resume(Resume::kContinue);
  return true;
}

// The SIGSYS of a trapped call: the kernel took it for one made elsewhere.
void Recorder::settle_trap(Task& task) {
  if (!task.trapped) return;
  kernel::Stopped& stopped = task.thread.stopped();
  Registers registers = stopped.registers();
  Arch::set_pc(registers, task.trapped->pc);
  stopped.set_registers(registers);
  if (stopped.is_signal(SIGSYS)) {
    siginfo_t info = stopped.signal_info();
    info.si_errno = task.trapped->data;
    info.si_call_addr = reinterpret_cast<void*>(task.trapped->pc.value);
    stopped.set_signal_info(info);
  }
  task.trapped.reset();
}

// seccomp(2) and prctl(2)'s part of it. True when it has been answered; otherwise it runs, with
// another filter where the program's is a good one.
bool Recorder::is_answered_seccomp(Task& task, InCall& call, const trace::Frame& entry) {
  const SeccompRequest request = seccomp_request(call.call);
  switch (request.ask) {
    case Ask::kMode:
      answer_without_running(task, entry, task.sandbox.has_filters() ? SECCOMP_MODE_FILTER : 0);
      return true;
    case Ask::kStrict: {
      const bool is_refused =
          request.flags != 0 || request.program != Address{} || task.sandbox.has_filters();
      if (!is_refused) task.sandbox.make_strict();
      answer_without_running(task, entry, is_refused ? -EINVAL : 0);
      return true;
    }
    case Ask::kOther:
      return false;
    case Ask::kFilter:
      break;
  }
  call.new_filter = read_filter(task.thread.space(), request.program);
  if (!call.new_filter) return false;
  if (!task.sandbox.has_room_for(*call.new_filter)) {
    answer_without_running(task, entry, -ENOMEM);
    return true;
  }
  Registers registers = task.thread.stopped().registers();
  registers.x[2] = place_substitute(task.thread.space(), listener_of(call.call)).value;
  task.thread.stopped().set_registers(registers);
  return false;
}

// At the exit stop: registers that were changed for the kernel's sake.
void Recorder::undo_disguise(Task& task, const InCall& call, trace::Frame& frame) const {
  const bool is_away = call.is_notifying && Arch::pc(frame.after) == tracee::kNotifyingReturn;
  if (!call.new_filter && !is_away) return;
  if (call.new_filter) frame.after.x[2] = call.before.x[2];
  if (is_away) Arch::set_pc(frame.after, Arch::pc(call.before));
  task.thread.stopped().set_registers(frame.after);
}

void Recorder::note_filter(Task& task, InCall& call, int64_t result) {
  if (!call.new_filter) return;
  const Listener listener = listener_of(call.call);
  // Without a listener a result above 0 is a thread that could not be synchronized.
  const bool is_installed = listener == Listener::kSome ? result >= 0 : result == 0;
  if (!is_installed) return;
  task.sandbox.add(std::move(*call.new_filter), listener);
  if ((seccomp_request(call.call).flags & SECCOMP_FILTER_FLAG_TSYNC) == 0) return;
  for (const auto& [tid, other] : tasks_) {
    if (other->thread.process() == task.thread.process()) other->sandbox = task.sandbox;
  }
}

// What a supervisor has been told of another thread's call says that the call was made elsewhere.
void Recorder::correct_notification(Task& supervisor) {
  const Address notification{supervisor.thread.stopped().registers().x[2]};
  constexpr uint64_t kPid = offsetof(seccomp_notif, pid);
  constexpr uint64_t kPointer =
      offsetof(seccomp_notif, data) + offsetof(seccomp_data, instruction_pointer);
  tracee::AddressSpace& space = supervisor.thread.space();
  const int32_t pid = space.read_object<int32_t>(notification + kPid).value_or(0);
  for (const auto& [tid, task] : tasks_) {
    const auto* call = std::get_if<InCall>(&task->state);
    // In another pid namespace the number is another; then any that asks will do.
    if (call == nullptr || !call->is_notifying) continue;
    space.write(notification + kPointer, bytes_of(Arch::pc(call->before).value));
    if (tid.value == pid) return;
  }
}

}  // namespace rr::record
