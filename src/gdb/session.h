// What the server remembers of one debugger between packets: what the client can do, which
// processes and threads it looks at, its breakpoints, and why the machine stands still.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "arch/target_description.h"
#include "gdb/breakpoint_table.h"
#include "gdb/diversion.h"
#include "gdb/open_files.h"
#include "gdb/packet_link.h"
#include "gdb/report.h"
#include "gdb/server.h"
#include "gdb/thread_id.h"
#include "machine/machine.h"
#include "timeline/timeline.h"

namespace rr::gdb {

// What the client said that it understands.
struct ClientFeatures {
  bool multiprocess = false;
  bool software_break = false;
  bool hardware_break = false;
  bool fork_events = false;
  bool vfork_events = false;
  bool exec_events = false;
  bool catches_forks = false;  // its user is to be shown them, going back too
  bool catches_vforks = false;
  bool error_messages = false;       // an error with a text, as the reply to any packet
  bool error_strings = false;        // lldb's form of an error with a text
  bool plain_binary_memory = false;  // lldb's form of the x packet
  bool is_lldb = false;
  bool threads_in_stops = false;  // lldb: stop replies list all threads
};

// The system calls that a client wants to be told of: these, or all where none is named.
using CaughtCalls = std::set<int32_t>;

// The way to a place, which the next resume goes; a part of it may have been gone.
struct Way {
  std::string place;         // gdb/seek.h
  machine::TaskId selected;  // when it began
};

class Session final {
 public:
  Session(machine::Machine& machine, PacketLink& link, const ServeOptions& options);
  Session(std::unique_ptr<machine::Machine> machine, PacketLink& link, const ServeOptions& options);

  // What the client looks at: the diversion where it is in one, else the replay.
  machine::Machine& machine() { return diverted ? diverted->copy->machine() : replay(); }
  const machine::Machine& machine() const {
    return diverted ? diverted->copy->machine() : timeline_->machine();
  }
  machine::Machine& replay() { return timeline_->machine(); }
  timeline::Timeline& timeline() { return *timeline_; }
  PacketLink& link() { return link_; }
  const ServeOptions& options() const { return options_; }

  // Begins again at the start, or where the arguments say (gdb/seek.h): everything but the
  // client's features, and the checkpoints, is forgotten. With another machine where the one there
  // is cannot go back.
  void restart(const RestartRequest& request);
  // The same at the place where one is, when it was refused: the client has let go of the program
  // before, and would be left without.
  void stay(const std::string& why_not_elsewhere, const RestartRequest& request);
  // Forgets what was true elsewhere on the time line: after the machine has been taken to a place.
  void begin_here();

  // The machine has stopped: the report becomes the last one, and the place part of the history.
  void stand_at(const Report& report);
  // The user has been shown that stop: those before it that were not shown (steps that the client
  // makes for itself) leave the history.
  void note_shown_stop();
  // After going back: processes that are not there yet are not debugged, and ends are not known.
  void forget_the_future();
  // The last place before the end of the program, where someone who travels in time is to stop
  // once: a process that has ended cannot be gone back with.
  std::optional<machine::Until> end_to_stop_at() const;

  // All that this client has set, so that the next one finds none.
  void remove_breakpoints();

  IdSyntax id_syntax() const {
    return client.multiprocess ? IdSyntax::kProcessAndThread : IdSyntax::kThread;
  }

  // How the client numbers signals.
  int32_t signal_number(int32_t linux_signal) const;

  // The threads of the processes that the client debugs.
  std::vector<machine::TaskInfo> visible_tasks() const;
  std::optional<machine::TaskId> find_task(const TaskPattern& pattern) const;
  // Whom the client is shown at a stop: where another process has touched what it watches, which is
  // memory that both share, a thread of the one that is watched. gdb looks at no other.
  machine::TaskId shown_at(const machine::Machine& machine, const machine::Stop& stop) const;
  // The child of one that is debugged, with copies of its breakpoints: so the client takes it.
  void debug_child(machine::TaskId parent, const machine::Forked& forked);
  // On the console, who it was.
  void tell_who_touched(machine::TaskId task, machine::TaskId shown);
  // The task that H chose (or the last stop). Fails when it has ended.
  machine::TaskId general_task() const;
  // Its process; needs no live thread.
  Pid general_pid() const { return selected.pid; }
  bool catches(Pid pid, int32_t call) const;
  void select(machine::TaskId task) { selected = task; }

  const TargetDescription& target();
  // Nothing where the register is not known.
  std::optional<Bytes> read_register(machine::TaskId task, size_t number) {
    return read_register(machine(), task, number);
  }
  std::optional<Bytes> read_register_set(machine::TaskId task, uint32_t note) {
    return read_register_set(machine(), task, note);
  }
  static std::optional<Bytes> read_register_set(const machine::Machine& machine,
                                                machine::TaskId task, uint32_t note);
  std::optional<Bytes> read_register(const machine::Machine& machine, machine::TaskId task,
                                     size_t number);

  ClientFeatures client;
  machine::TaskId selected;
  std::set<Pid> attached;
  std::map<Pid, int32_t> exit_statuses;
  std::set<Pid> ended;  // whose end the client was told: it has let go of them
  std::map<Pid, machine::TaskId> vfork_parents;  // by child
  std::deque<Report> waiting_reports;
  Report last_report;
  int32_t last_signal = 0;           // by the client's number: the last that it was told of
  std::set<int32_t> passed_signals;  // by the client's numbers: not reported
  std::map<Pid, CaughtCalls> caught_calls;
  std::map<Pid, Address> symbols;  // where libc's _thread_db_link_map_l_tls_modid lies
  std::optional<ReplayFailed> failure;
  std::optional<Diverted> diverted;
  std::vector<OwnMemory> own_memory;
  BreakpointTable breakpoints;
  OpenFiles files;
  // Set once a watchpoint has been reported to a client that will step over the access, which the
  // machine has made already.
  std::optional<machine::TaskId> step_made_already;
  std::optional<machine::TaskId> back_step_made_already;
  std::optional<Report> told_at_place;  // by the next resume, which goes nowhere
  std::optional<Way> way;
  std::string to_tell;         // on the console, once the client listens: when it goes on, or asks
  bool has_travelled = false;  // backward, or by seeking
  bool has_told_end = false;   // has stopped before the end; next time the end itself is told
  std::deque<machine::Mark> history;  // of stops, the latest thousand
  size_t place_in_history = 0;        // of the one where one stands
  size_t shown_stops = 0;             // so many of the first were shown, for clients that tell
  bool is_extended = false;           // the client may start the program again after its end
  std::optional<SessionEnd> end;

 private:
  void start();
  void stop_at_place();

  const ServeOptions& options_;
  PacketLink& link_;
  std::optional<timeline::Timeline> timeline_;
  std::optional<TargetDescription> target_;
};

}  // namespace rr::gdb
