// Signals and ends: what the kernel does to a thread from outside.

#include <csignal>
#include <cstdio>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/instructions.h"
#include "arch/aarch64/signal_frame.h"
#include "arch/aarch64/syscall_stops.h"
#include "kernel/perf_counter.h"
#include "kernel/signals.h"
#include "record/dispositions.h"
#include "record/hidden_features.h"
#include "record/recorder.h"
#include "tracee/exclusive_store.h"
#include "tracee/trap_kind.h"
#include "tracee/vector_state.h"
#include "util/check.h"
#include "util/log.h"

namespace rr::record {

using kernel::Resume;

void Recorder::receive_signal(Task& task, int signal, Origin origin) {
  tracee::Thread& thread = task.thread;
  settle_trap(task);
  const Registers now = thread.stopped().registers();
  const siginfo_t info = signal_info(task, signal);
  if (note_end_of_slice(task, info)) return;
  if (signal == SIGSEGV && emulate_counter_read(task, info)) return;
  if (signal == SIGTRAP && emulate_planted_read(task, info)) return;
  const bool is_in_program = std::holds_alternative<InProgram>(task.state) && !task.interrupted;
  settle_interrupted(task, now);
  const trace::SignalEvent event{.number = signal,
                                 .outcome = dispositions_of(thread.real()).outcome_of(signal),
                                 .synchronous = origin == Origin::kAsTold &&
                                                kernel::is_raised_by_instruction(info) &&
                                                !has_run_nothing(task),
                                 .info = to_bytes(info)};
  if (!event.synchronous) tracee::settle_exclusive_store(thread.stopped(), thread.space());
  const bool has_place =
      ticks_.unit != TickUnit::kNone || event.synchronous || stands_at_last_frame(task);
  if (!has_place) return receive_without_place(task, event, info);
  trace::Frame frame = frame_at(task, now, thread.clock().now());
  note_vectors(task, frame);
  frame.event = event;
  if (event.outcome == trace::SignalOutcome::kHandled) {
    if (!deliver_to_handler(task, signal, frame)) return;
    append(task, frame);
    run_program(task);
    return;
  }
  append(task, frame);
  // In a call that waits with another mask (sigsuspend) the mask is the kernel's business.
  is_in_program ? run_program(task, signal) : thread.resume(Resume::kContinue, signal);
}

// A thread that has run nothing since its last frame may have a fault from elsewhere, at which a
// replay must not run on: from its own process, which may queue any siginfo to itself, or from a
// sigreturn whose frame the kernel rejects (badframe in arch/arm64/kernel/signal.c, 6.12). One that
// an instruction raises right here has left nothing behind either, so it need not be told apart.
bool Recorder::has_run_nothing(const Task& task) const {
  return stands_at_last_frame(task) && task.thread.clock().now() == task.last.ticks;
}

// Between two calls, where nothing counts. What the program does not notice needs no place.
void Recorder::receive_without_place(Task& task, const trace::SignalEvent& event,
                                     const siginfo_t& info) {
  switch (event.outcome) {
    case trace::SignalOutcome::kIgnored:
    case trace::SignalOutcome::kStopped:
      task.thread.resume(Resume::kContinue, event.number);
      return;
    case trace::SignalOutcome::kHandled:
    case trace::SignalOutcome::kFatal:
      hold_back(task, info);
      return;
  }
}

// Steps into the handler, which does not begin, and takes down what the kernel pushed. False when
// the frame could not be pushed: then the next stop is the SIGSEGV for that, and it is taken down
// instead.
bool Recorder::deliver_to_handler(Task& task, int signal, trace::Frame& frame) {
  tracee::Thread& thread = task.thread;
  thread.resume(Resume::kStep, signal);
  const kernel::Stopped& stopped = thread.wait();
  if (!stopped.is_signal(SIGTRAP)) {
    note_frame_that_did_not_fit(task, frame);
    return false;
  }
  CHECK(tracee::trap_kind(stopped) == aarch64::TrapKind::kHandlerEntered)
      << "stepping into a handler gave si_code " << stopped.signal_info().si_code;
  frame.after = stopped.registers();
  keep_scalable_state(task, frame);
  record_signal_frame(task);
  return true;
}

// The kernel has made a SIGSEGV of it, which stands at the same place and is raised by no
// instruction.
void Recorder::note_frame_that_did_not_fit(Task& task, trace::Frame& frame) {
  std::get<trace::SignalEvent>(frame.event).outcome = trace::SignalOutcome::kIgnored;
  append(task, frame);
  if (task.thread.stopped().is_signal(SIGSEGV)) {
    receive_signal(task, SIGSEGV, Origin::kFrameDidNotFit);
  } else {
    handle_stop(task);
  }
}

// So that the replay can compare them. Without ticks a held-back signal's place is before a call
// that the kernel has been in already, and has dropped registers at.
void Recorder::note_vectors(const Task& task, trace::Frame& frame) const {
  if (uses_streaming(task.thread.stopped())) stop_for_streaming(task);
  if (ticks_.unit == TickUnit::kNone) return;
  frame.vector_checksum = tracee::vector_checksum(task.thread.stopped());
}

// The program has not been told of SME, whose registers are in no frame. What was recorded up to
// here can be replayed.
void Recorder::stop_for_streaming(const Task& task) const {
  char pc[24];
  std::snprintf(pc, sizeof pc, "0x%llx",
                static_cast<unsigned long long>(Arch::pc(task.thread.stopped().registers()).value));
  LOG(kError, "record") << "thread " << task.thread.id().value << " uses SME at " << pc
                        << ", which is hidden from it because its state cannot be recorded: the "
                           "program is killed";
  signal_all(SIGKILL);
}

// What the event has left in SVE's registers; if that is nothing, a replay leaves nothing there.
void Recorder::keep_scalable_state(const Task& task, trace::Frame& frame) const {
  if (auto state = tracee::whole_scalable_state(task.thread.stopped())) {
    frame.register_sets.push_back({aarch64::kNoteScalable, std::move(*state)});
  }
}

void Recorder::record_signal_frame(Task& task) {
  const AddressRange frame = aarch64::pushed_frame(task.thread.stopped().registers());
  CHECK(frame.size != 0) << "a signal handler was entered without a frame record";
  sink_.add_memory(task.thread.space(), frame.start, frame.size);
}

// Whether the thread's read of a timer register was trapped (PR_SET_TSC).
bool Recorder::emulate_counter_read(Task& task, const siginfo_t& info) {
  if (info.si_code != SI_KERNEL) return false;
  const Registers now = task.thread.stopped().registers();
  const auto instruction = task.thread.space().read_object<uint32_t>(Arch::pc(now));
  if (!instruction || !aarch64::decode_counter_read(*instruction)) return false;
  emulate_read(task, now, *instruction);
  return true;
}

// Whether the thread has come to an instruction that we have planted on.
bool Recorder::emulate_planted_read(Task& task, const siginfo_t& info) {
  if (info.si_code != TRAP_BRKPT) return false;
  const Registers now = task.thread.stopped().registers();
  const tracee::AddressSpace& space = task.thread.space();
  if (!space.is_planted(Arch::pc(now))) return false;
  const auto instruction = space.read_object<uint32_t>(Arch::pc(now));
  if (!instruction) return false;
  if (aarch64::starts_streaming(*instruction)) {
    task.thread.clock().exclude_breakpoint_hit();
    stop_for_streaming(task);
    return true;
  }
  if (!aarch64::machine_value_read_by(*instruction)) return false;
  emulate_read(task, now, *instruction);
  return true;
}

// The instruction gets a value that the recording keeps.
void Recorder::emulate_read(Task& task, const Registers& now, uint32_t instruction) {
  settle_interrupted(task, now);
  trace::Frame frame = frame_at(task, now, task.thread.clock().now());
  const uint32_t target = instruction & 31;  // 31 is the zero register
  if (target != 31) frame.after.x[target] = MachineReads::value(instruction);
  if (aarch64::machine_value_read_by(instruction) == aarch64::MachineValue::kRandom) {
    if (!uses_random_numbers_) {
      LOG(kWarn, "record")
          << "the program uses RNDR, which is hidden from it; it gets numbers that "
             "are recorded";
    }
    uses_random_numbers_ = true;
    frame.after.pstate &= ~aarch64::kPstateConditions;  // success
  }
  frame.after.pc += 4;
  frame.after.pstate &= ~aarch64::kPstateBranchType;
  frame.event = trace::InstructionTrapEvent{.instruction = instruction};
  append(task, frame);
  task.thread.stopped().set_registers(frame.after);
  go_on(task);
}

// Whether the signal is the counter's: the thread's time is over, not the program's business.
bool Recorder::is_end_of_slice(const siginfo_t& info) {
  return info.si_signo == kernel::kTickSignal && info.si_code > 0 && info.si_code != SI_KERNEL;
}

bool Recorder::note_end_of_slice(Task& task, const siginfo_t& info) {
  if (!is_end_of_slice(info)) return false;
  tracee::Thread& thread = task.thread;
  thread.clock().disarm();
  slice_is_armed_ = false;
  const Registers now = thread.stopped().registers();
  settle_interrupted(task, now);
  // A stop that the program may notice is an event, also when nobody else runs because of it.
  const bool is_noticed = tracee::settle_exclusive_store(thread.stopped(), thread.space());
  const bool is_over = is_chaotic() || others_are_ready(task);
  if (!is_over && !is_noticed) {
    go_on(task);
    return true;
  }
  trace::Frame frame = frame_at(task, now, thread.clock().now());
  note_vectors(task, frame);
  frame.event = trace::PreemptEvent{};
  append(task, frame);
  is_over ? give_way(task) : go_on(task);
  return true;
}

}  // namespace rr::record
