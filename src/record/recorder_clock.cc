// Readings of the clock that have not stopped the thread.

#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/signals.h"
#include "record/recorder.h"

namespace rr::record {

using kernel::Resume;

// At a stop that comes from the program's own instructions or between them: the readings since the
// thread's last event. They come before whatever the stop is about. False when another stop has
// taken its place.
bool Recorder::settle_clock_reads(Task& task) {
  if (!task.clock_buffer->is_on() || !std::holds_alternative<InProgram>(task.state)) return true;
  tracee::Thread& thread = task.thread;
  const auto* signal = thread.stopped().as<kernel::SignalStop>();
  if (signal != nullptr && holds_clock_slot(thread.stopped().registers()) &&
      !leave_clock_slot(task, signal->signal)) {
    return false;
  }
  const Registers now = thread.stopped().registers();
  const uint32_t count = task.clock_buffer->take_down(thread.space(), now, sink_);
  if (count == 0) return true;
  trace::Frame frame = frame_at(task, task.last.after, task.last.ticks);
  frame.event = trace::ClockReadsEvent{count};
  sink_.append(frame);
  ++frames_;
  return true;
}

// A signal must not come while another thread could take the same slot: the thread is led out of
// there first, by steps, and the signal is as if it had come then. False when the thread ends.
bool Recorder::leave_clock_slot(Task& task, int signal) {
  constexpr uint64_t kSigtrap = uint64_t{1} << (SIGTRAP - 1);
  tracee::Thread& thread = task.thread;
  const siginfo_t info = signal_info(task, signal);
  if (kernel::is_raised_by_instruction(info)) return true;
  const uint64_t mask = thread.stopped().signal_mask();
  thread.stopped().set_signal_mask(~kSigtrap);  // a step's, blocked, would be reset (force-sigtrap)
  bool is_to_stop = false;                      // SIGSTOP cannot be blocked
  while (holds_clock_slot(thread.stopped().registers())) {
    thread.resume(Resume::kStep);
    const kernel::Stopped& stopped = thread.wait();
    if (stopped.as<kernel::ExitStop>() != nullptr) return false;
    is_to_stop = is_to_stop || stopped.is_signal(SIGSTOP);
  }
  thread.stopped().set_signal_mask(mask);
  if (is_to_stop) ::syscall(SYS_tgkill, thread.process().value, thread.real().value, SIGSTOP);
  task.sent_again = info;
  return true;
}

}  // namespace rr::record
