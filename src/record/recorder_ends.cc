// Ends of threads and processes, and of the recording.

#include <csignal>
#include <sched.h>
#include <sys/wait.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "record/recorder.h"
#include "util/log.h"

namespace rr::record {

using kernel::Resume;

// At its exit stop: nothing of the program will run in it any more.
void Recorder::note_exit(Task& task, int wait_status) {
  tracee::Thread& thread = task.thread;
  settle_interrupted(task, thread.stopped().registers());
  note_call_cut_short(task);
  const auto* call = std::get_if<InCall>(&task.state);
  const Registers now = call == nullptr ? thread.stopped().registers() : call->before;
  const Ticks ticks = call == nullptr ? thread.clock().now() : call->ticks;
  if (call != nullptr) record_entry(task, std::nullopt);
  // Without a counter the place of an end between two calls is not to be found again.
  const bool is_nowhere =
      ticks_.unit == TickUnit::kNone && call == nullptr && !stands_at_last_frame(task);
  trace::Frame frame = frame_at(task, is_nowhere ? Registers{} : now, ticks);
  const bool last = is_last_of_process(task);
  frame.event = trace::TaskExitEvent{.wait_status = wait_status, .last_of_process = last};
  task.state = Exiting{};
  record_exit_words(task, frame);
  append(task, frame);
}

// A thread that is killed as it enters a call has run the instruction, but its seccomp stop never
// comes or is gone: the call is an event all the same, whose exit is missing.
void Recorder::note_call_cut_short(Task& task) {
  if (std::holds_alternative<InCall>(task.state)) return;
  InCall call;
  call.before = task.thread.stopped().registers();
  call.ticks = task.thread.clock().now();
  const bool has_moved =
      call.ticks != task.last.ticks || !Arch::same_state(call.before, task.last.after);
  const Address behind = Arch::pc(call.before);
  const auto instruction = task.thread.space().read_object<std::array<std::byte, 4>>(
      behind - Arch::kSyscallInstructionSize);
  if (!has_moved || instruction != Arch::kSyscallInstruction) return;
  call.call = Arch::syscall_arguments(call.before);
  task.state = std::move(call);
}

void Recorder::wait_until_gone(Task& task) {
  const Tid tid = task.thread.real();
  for (;;) {
    ::sched_yield();
    const std::string text = kernel::read_proc_file(tid, "stat");
    const size_t name_end = text.rfind(')');
    if (name_end == std::string::npos || name_end + 2 >= text.size()) return;
    const char state = text[name_end + 2];
    if (state == 'Z' || state == 'X') return;
  }
}

bool Recorder::is_last_of_process(const Task& task) const {
  for (const auto& [tid, other] : tasks_) {
    if (other.get() != &task && other->thread.process() == task.thread.process() &&
        !std::holds_alternative<Exiting>(other->state)) {
      return false;
    }
  }
  return true;
}

void Recorder::finish(Tid tid, int wait_status) {
  early_.erase(tid);
  if (current_ == tid) current_.reset();
  scheduler_.remove(tid);
  if (tid == first_) first_status_ = wait_status;
  Task* task = find(tid);
  if (task == nullptr) return;
  if (!std::holds_alternative<Exiting>(task->state)) note_unseen_end(*task, wait_status);
  tasks_.erase(tid);
}

// Killed so hard that it had no exit stop: where it was nobody knows.
void Recorder::note_unseen_end(Task& task, int wait_status) {
  trace::Frame frame = frame_at(task, Registers{}, Ticks{0});
  frame.event =
      trace::TaskExitEvent{.wait_status = wait_status, .last_of_process = is_last_of_process(task)};
  append(task, frame);
}

// exec by a thread that is not the leader: the kernel has ended the others and given the caller the
// leader's number. Of its old number, and of the leader, nothing is heard any more.
void Recorder::take_over_leader(Tid former, Tid leader) {
  if (former == leader) return;
  auto caller = tasks_.extract(former);
  if (caller.empty()) return;
  if (Task* old = find(leader)) {
    if (!std::holds_alternative<Exiting>(old->state)) note_unseen_end(*old, 0);
    tasks_.erase(leader);
  }
  scheduler_.remove(former);
  caller.key() = leader;
  caller.mapped()->thread.set_real(leader);
  tasks_.insert(std::move(caller));
  if (current_ == former) current_ = leader;
}

}  // namespace rr::record
