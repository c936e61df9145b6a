// Runs a program under trace and turns whatever is not determined by its own instructions into
// frames. One tracee runs at a time; the loop is: let one run, wait for the next stop of any, take
// it down, choose again. A stop of a thread whose turn it is not waits.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/own_signals.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"
#include "record/machine_reads.h"
#include "record/own_clocks.h"
#include "record/task.h"
#include "record/timer_slack.h"
#include "record/trace_sink.h"
#include "schedule/scheduler.h"
#include "tracee/tick_source.h"

namespace rr::record {

struct RecorderOptions {
  schedule::Options scheduling;
  int core_count = 1;         // that the program is shown
  bool wait_for_all = false;  // not only for the first process
  // Programs may read the clock without a stop. Needs TickFacts::call_counts_as_load, and a CPU
  // without SVE: a system call clears its registers, and a replay would not know where.
  bool buffers_clock = false;
  // Before a call that prints to the recorder's own output, with the number its frame will have;
  // may be empty.
  std::function<void(trace::Echo, Tid, FrameNumber)> before_output = {};
};

class Recorder {
 public:
  Recorder(const tracee::TickFacts& ticks, TraceSink& sink, RecorderOptions options = {})
      : ticks_(ticks), sink_(sink), options_(options), scheduler_(options.scheduling) {}

  // Starts the program. Returns the errno of execve if it cannot be executed, 0 otherwise; nothing
  // is recorded before its first instruction.
  int start(kernel::SpawnRequest request);

  // Records until the program has ended; its wait status.
  int run();

 private:
  // recorder.cc
  bool is_over() const;
  // False while everybody who could run is left out.
  bool schedule();
  std::optional<kernel::Waited> wait();
  enum class Sleep { kNone, kOnDevice, kBlocked, kForEver };
  static Sleep sleep_of(const Task& task);
  bool others_are_ready(const Task& task) const;
  void await_woken();
  void hold();
  bool is_chaotic() const { return options_.scheduling.chaos_seed.has_value(); }
  void limit_slice(Task& running);
  void handle(kernel::Waited waited);
  void take_stop(Task& task);
  void handle_stop(Task& task);
  void handle_event_stop(Task& task, const kernel::Stop& stop);
  void go_on(Task& task);
  void run_program(Task& task, int signal = 0);
  void unblock_end_of_slice(Task& task) const;
  void go_on_or_give_way(Task& task);
  void give_way(Task& task);
  Task* find(Tid real) const;

  // recorder_calls.cc
  void enter_call(Task& task);
  InCall call_entered(const Task& task);
  bool is_answered_here(Task& task, InCall& call, trace::Frame& entry);
  bool is_answered_specially(Task& task, InCall& call, const trace::Frame& entry);
  void run_exit(Task& task, InCall& call, const trace::Frame& entry);
  bool is_seen_by_others(const Task& task, const InCall& call) const;
  void run_call(Task& task, InCall call);
  void answer_without_running(Task& task, const trace::Frame& entry, int64_t result);
  void answer_as(int32_t number, Task& task, const trace::Frame& entry, int64_t result);
  bool has_told_time(Task& task, const trace::Frame& entry, const SyscallArguments& call);
  bool is_answered_dumpable(Task& task, const trace::Frame& entry, const SyscallArguments& call);
  void answer_counter_trap(Task& task, const trace::Frame& entry, const SyscallArguments& call);
  void note_restart(Task& task, const InCall& call);
  void leave_call(Task& task);
  static void note_moved_argument(Task& task, const InCall& call);
  static void settle_moved_argument(Task& task);
  void leave_exec(Task& task);
  Registers registers_behind(Task& task, InCall& call);
  std::optional<trace::Mapping> record_what_it_did(Task& task, InCall& call, int64_t result,
                                                   trace::Frame& frame, bool is_interrupted);
  void renew_clock(tracee::Thread& thread) const;
  void note_executed(Task& task);
  void add_new_keys(const Task& task, trace::Frame& frame) const;
  void restore_after_sigreturn(Task& task, const InCall& call, trace::Frame& frame) const;
  void record_outputs(Task& task, const InCall& call, int64_t result, trace::Frame* later);
  void record_entry(Task& task, std::optional<trace::NewTask> new_task);

  // recorder_mappings.cc
  std::optional<trace::Mapping> mapping_made_by(Task& task, const InCall& call, int64_t result);
  trace::Mapping file_mapping(Task& task, const SyscallArguments& call, Address start);
  std::optional<trace::Mapping> segment_mapping(Task& task, int32_t segment, Address start);
  void note_changed_mappings(Task& task, const InCall& call, int64_t result);

  // recorder_effects.cc
  void warn_of_lost_rights(Tid tid);
  void record_effects_elsewhere(const Task& task, const trace::Frame& call, int64_t result);
  const Task* find_for(const Task& caller, Tid number) const;
  const Task* find_named(const kernel::OwnName& name) const;
  void record_limit(const Task& task, const trace::Frame& call, int64_t result);
  void record_remote_write(const Task& task, const trace::Frame& call, const Task& target,
                           const std::vector<AddressRange>& ranges);

  // recorder_sandbox.cc
  bool is_taken_by_sandbox(Task& task, InCall& call, const trace::Frame& entry);
  bool is_answered_seccomp(Task& task, InCall& call, const trace::Frame& entry);
  void undo_disguise(Task& task, const InCall& call, trace::Frame& frame) const;
  void note_filter(Task& task, InCall& call, int64_t result);
  void settle_trap(Task& task);
  void correct_notification(Task& supervisor);

  // recorder_tasks.cc
  void note_new_task(Task& parent, Tid child);
  std::optional<kernel::Stopped> first_stop(const trace::NewTask& made);
  Task& add_task(Task& parent, kernel::Stopped stopped, const trace::NewTask& made);

  // recorder_shared.cc
  void note_priorities(const SyscallArguments& call, int64_t result);
  void record_exit_words(Task& task, trace::Frame& frame);
  void record_in_place(Task& task, const InCall& call);
  int64_t affinity_answer(const Task& task, const SyscallArguments& call) const;
  bool is_too_short_for_cores(const SyscallArguments& call) const;
  Registers show_cores(Task& task, const InCall& call, Registers after) const;

  // recorder_ends.cc
  void note_exit(Task& task, int wait_status);
  bool has_run_since(const Task& task) const;
  void note_call_cut_short(Task& task);
  bool wait_until_gone(Task& task);
  void give_up_turn_of_zombie();
  static bool is_making_task(const Task& task);
  void adopt_child_of_killed(Task& parent);
  void release_unclaimed();
  bool is_last_of_process(const Task& task) const;
  void finish(Tid tid, int wait_status);
  void finish_ended();
  void note_unseen_end(Task& task, int wait_status);
  void take_over_leader(Tid former, Tid leader);

  // recorder_output.cc
  bool prepare_stream(Task& task, InCall& call);
  void keep_streamed(Task& task, const InCall& call, trace::Frame& frame);
  void follow_descriptors(Task& task, const SyscallArguments& call, int64_t result);

  // recorder_outside.cc
  void look_around();
  void heed_request_to_end();
  void signal_all(int signal) const;
  void look_at_spinner();
  void stop_with_program(const Task& task, int signal);
  void end_the_rest();

  // recorder_clock.cc
  bool settle_clock_reads(Task& task);
  bool leave_clock_slot(Task& task, int signal);

  // recorder_held.cc
  void hold_back(Task& task, const siginfo_t& info);
  bool deliver_held(Task& task);
  void leave_skipped_call(Task& task);
  siginfo_t signal_info(Task& task, int signal) const;
  bool stands_at_last_frame(const Task& task) const;

  // recorder_ignored.cc
  void block_ignored(Task& task, InCall& call);
  void unblock_ignored(Task& task, const InCall& call);
  void note_dispositions(const SyscallArguments& call);

  // recorder_signals.cc
  enum class Origin { kAsTold, kFrameDidNotFit };
  void receive_signal(Task& task, int signal, Origin origin = Origin::kAsTold);
  bool has_run_nothing(const Task& task) const;
  void receive_without_place(Task& task, const trace::SignalEvent& event, const siginfo_t& info);
  bool deliver_to_handler(Task& task, int signal, trace::Frame& frame);
  void note_frame_that_did_not_fit(Task& task, trace::Frame& frame);
  void note_vectors(const Task& task, trace::Frame& frame) const;
  void stop_for_streaming(const Task& task) const;
  void keep_scalable_state(const Task& task, trace::Frame& frame) const;
  void record_signal_frame(Task& task);
  static bool is_end_of_slice(const siginfo_t& info);
  bool note_end_of_slice(Task& task, const siginfo_t& info);
  bool emulate_counter_read(Task& task, const siginfo_t& info);
  bool emulate_planted_read(Task& task, const siginfo_t& info);
  void emulate_read(Task& task, const Registers& now, uint32_t instruction);

  void append(Task& task, const trace::Frame& frame);
  void settle_interrupted(Task& task, const Registers& now);
  trace::Frame frame_at(const Task& task, const Registers& registers, Ticks ticks) const;

  tracee::TickFacts ticks_;
  TraceSink& sink_;
  RecorderOptions options_;
  std::map<Tid, std::unique_ptr<Task>> tasks_;  // by real tid
  std::map<Tid, kernel::Stopped> early_;        // children that stopped before their parent told
  std::vector<syscalls::Output> outputs_;       // reused
  std::optional<Tid> current_;                  // the one thread that may run the program
  schedule::Scheduler scheduler_;
  std::vector<Tid> ready_;            // reused
  schedule::Scheduler::Choice turn_;  // of the thread that runs
  bool slice_is_armed_ = false;
  Ticks slice_begun_;  // once it is armed
  MachineReads machine_reads_;
  OwnClocks clocks_;
  TimerSlack timer_slack_;
  bool has_warned_of_lost_rights_ = false;
  bool uses_random_numbers_ = false;  // though they are hidden, as a warning has said
  std::set<int32_t> segments_;        // of System V shared memory that have been attached
  std::optional<Tid> first_;
  std::optional<int> first_status_;
  uint64_t frames_ = 0;

  // recorder_outside.cc
  std::optional<kernel::OwnSignals> own_signals_;
  unsigned last_look_ = 0;
  std::optional<std::chrono::steady_clock::time_point> kill_at_;
  std::optional<Tid> spinner_;
  uint64_t frames_at_look_ = 0;
  int looks_at_spinner_ = 0;
};

}  // namespace rr::record
