// Runs a program under trace and turns whatever is not determined by its own instructions into
// frames. One tracee runs at a time; the loop is: let one run, wait for the next stop of any, take
// it down, choose again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/spawn.h"
#include "record/task.h"
#include "record/trace_sink.h"
#include "tracee/tick_source.h"

namespace rr::record {

class Recorder {
 public:
  Recorder(const tracee::TickFacts& ticks, TraceSink& sink) : ticks_(ticks), sink_(sink) {}

  // Starts the program. Returns the errno of execve if it cannot be executed, 0 otherwise; nothing
  // is recorded before its first instruction.
  int start(const kernel::SpawnRequest& request);

  // Records until the program has ended; its wait status.
  int run();

 private:
  void handle(kernel::Waited waited);
  void handle_stop(Task& task);
  void finish(Tid tid, int wait_status);
  Task* find(Tid real);

  // recorder_calls.cc
  void enter_call(Task& task);
  void answer_without_running(Task& task, const trace::Frame& entry, int64_t result);
  void leave_call(Task& task);
  void note_executed(Task& task);
  void record_outputs(Task& task, const InCall& call, int64_t result, trace::Frame* later);
  void record_mapping(Task& task, const InCall& call, int64_t result, trace::SyscallEvent& event);

  // recorder_signals.cc
  void receive_signal(Task& task, int signal);
  bool deliver_to_handler(Task& task, int signal, trace::Frame& frame);
  void record_signal_frame(Task& task, Address old_sp);
  void note_exit(Task& task, int wait_status);

  void settle_interrupted(Task& task, const Registers& now);
  trace::Frame frame_at(const Task& task, const Registers& registers, Ticks ticks) const;

  tracee::TickFacts ticks_;
  TraceSink& sink_;
  std::map<Tid, std::unique_ptr<Task>> tasks_;  // by real tid
  std::vector<syscalls::Output> outputs_;       // reused
  std::optional<Tid> first_;
  int first_status_ = 0;
};

}  // namespace rr::record
