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
  adopt_child_of_killed(task);
  const auto* call = std::get_if<InCall>(&task.state);
  const Registers now = call != nullptr       ? call->before
                        : has_run_since(task) ? thread.stopped().registers()
                                              : task.last.after;
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

// Whether a thread at its exit stop has run anything since its last frame. If it has not, it may
// still show registers from before that: SIGKILL has kept the result of a call that was answered
// here from reaching it.
bool Recorder::has_run_since(const Task& task) const {
  if (std::holds_alternative<Waiting>(task.state)) return false;
  const Registers& now = task.thread.stopped().registers();
  if (ticks_.unit == TickUnit::kNone) return !Arch::same_state(now, task.last.after);
  return task.thread.clock().now() != task.last.ticks || Arch::pc(now) != Arch::pc(task.last.after);
}

// A thread that is killed as it enters a call has run the instruction, but its seccomp stop never
// comes or is gone: the call is an event all the same, whose exit is missing.
void Recorder::note_call_cut_short(Task& task) {
  if (std::holds_alternative<InCall>(task.state)) return;
  InCall call;
  call.before = task.thread.stopped().registers();
  call.ticks = task.thread.clock().now();
  const Address behind = Arch::pc(call.before);
  const auto instruction = task.thread.space().read_object<std::array<std::byte, 4>>(
      behind - Arch::kSyscallInstructionSize);
  const bool is_traced = !holds_clock_slot(call.before);
  if (!has_run_since(task) || !is_traced || instruction != Arch::kSyscallInstruction) return;
  call.call = Arch::syscall_arguments(call.before);
  task.state = std::move(call);
}

// False when exec by another thread of the process has taken over its number meanwhile (fs/exec.c
// of 6.12, de_thread): nobody is left who shares the memory it had, and that one is stopped.
bool Recorder::wait_until_gone(Task& task) {
  for (;;) {
    ::sched_yield();
    const std::optional<char> state = kernel::thread_state(task.thread.real());
    if (!state || *state == 'Z' || *state == 'X') return true;
    if (*state == 't') return false;
  }
}

// A leader that was let go between SIGKILL and the news of its exit stop is a zombie until its
// other threads have ended, and those wait for their turns: it must not keep its own.
void Recorder::give_up_turn_of_zombie() {
  Task* task = current_ ? find(*current_) : nullptr;
  if (task == nullptr || task->thread.is_stopped() || !kernel::is_gone(*current_)) return;
  if (!std::holds_alternative<Exiting>(task->state)) note_unseen_end(*task, SIGKILL);
  task->state = Exiting{};
  current_.reset();
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

// A child that has ended is not there for its parent before its tracer has waited for it (quirk
// traced-ends).
void Recorder::finish_ended() {
  std::vector<kernel::Ended> ended;
  for (const auto& [tid, task] : tasks_) {
    if (!std::holds_alternative<Exiting>(task->state)) continue;
    if (const auto status = kernel::wait_ended(tid)) ended.push_back({tid, *status});
  }
  for (const kernel::Ended& end : ended) finish(end.tid, end.wait_status);
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
