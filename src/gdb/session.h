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
#include "gdb/open_files.h"
#include "gdb/packet_link.h"
#include "gdb/server.h"
#include "gdb/thread_id.h"
#include "machine/machine.h"

namespace rr::gdb {

// What the client said that it understands.
struct ClientFeatures {
  bool multiprocess = false;
  bool software_break = false;
  bool hardware_break = false;
  bool fork_events = false;
  bool vfork_events = false;
  bool exec_events = false;
  bool error_messages = false;       // an error with a text, as the reply to any packet
  bool error_strings = false;        // lldb's form of an error with a text
  bool plain_binary_memory = false;  // lldb's form of the x packet
  bool is_lldb = false;
  bool threads_in_stops = false;  // lldb: stop replies list all threads
};

// The child of a vfork has left its parent's memory. Follows from Executed or ProcessExited.
struct VforkDone {};
// Nothing has run yet.
struct Attached {};

// The replay cannot go on: it has diverged, or the recording is damaged. It can be looked at.
struct ReplayFailed {
  std::string message;
};

// What a client is told in a stop reply.
struct Report {
  machine::TaskId task;
  std::variant<machine::Reason, VforkDone, Attached, ReplayFailed> what = Attached{};
};

// The system calls that a client wants to be told of: these, or all where none is named.
using CaughtCalls = std::set<int32_t>;

class Session final {
 public:
  Session(machine::Machine& machine, PacketLink& link, const ServeOptions& options);

  machine::Machine& machine() { return *machine_; }
  PacketLink& link() { return link_; }
  const ServeOptions& options() const { return options_; }

  // Goes on with another machine: everything but the client's features is forgotten.
  void restart(const RestartRequest& request);

  // All that this client has set, so that the next one finds none.
  void remove_breakpoints();

  IdSyntax id_syntax() const {
    return client.multiprocess ? IdSyntax::kProcessAndThread : IdSyntax::kThread;
  }

  // The threads of the processes that the client debugs.
  std::vector<machine::TaskInfo> visible_tasks() const;
  std::optional<machine::TaskId> find_task(const TaskPattern& pattern) const;
  // The task that H chose (or the last stop). Fails when it has ended.
  machine::TaskId general_task() const;
  // Its process; needs no live thread.
  Pid general_pid() const { return selected.pid; }
  bool catches(Pid pid, int32_t call) const;
  void select(machine::TaskId task) { selected = task; }

  const TargetDescription& target();
  // Nothing where the register is not known.
  std::optional<Bytes> read_register(machine::TaskId task, size_t number);

  ClientFeatures client;
  machine::TaskId selected;
  std::set<Pid> attached;
  std::map<Pid, int32_t> exit_statuses;
  std::map<Pid, machine::TaskId> vfork_parents;  // by child
  std::deque<Report> waiting_reports;
  Report last_report;
  std::set<int32_t> passed_signals;  // gdb's numbers: not reported
  std::map<Pid, CaughtCalls> caught_calls;
  std::map<Pid, Address> symbols;  // where libc's _thread_db_link_map_l_tls_modid lies
  std::optional<ReplayFailed> failure;
  BreakpointTable breakpoints;
  OpenFiles files;
  // Set once a watchpoint has been reported to a client that will step over the access, which the
  // machine has made already.
  std::optional<machine::TaskId> step_made_already;
  std::optional<SessionEnd> end;

 private:
  void start();

  const ServeOptions& options_;
  PacketLink& link_;
  machine::Machine* machine_;
  std::unique_ptr<machine::Machine> owned_machine_;
  std::optional<TargetDescription> target_;
};

}  // namespace rr::gdb
