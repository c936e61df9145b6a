// The interface through which time is travelled: something that holds tasks with registers and
// memory, and runs forward until something happens. The replayer is one; a test's list of a
// thousand steps is another. It is all that timeline/ and gdb/ know of a replay.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "arch/arch.h"
#include "machine/position.h"
#include "util/bytes.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::machine {

struct TaskId {
  Pid pid;
  Tid tid;
  auto operator<=>(const TaskId&) const = default;
};

struct TaskInfo {
  TaskId id;
  std::string name;  // as /proc/PID/comm
};

struct ProcessInfo {
  std::vector<std::string> arguments;  // of the program that it has executed last
  std::string directory;               // where it works; empty: not known
  Pid parent;                          // 0: not in the recording, or it has ended
};

// One mapping of a process, as the program (not the debugger) sees it.
struct MappingInfo {
  AddressRange range;
  uint32_t protection = 0;  // PROT_*
  bool shared = false;
  uint64_t file_offset = 0;
  std::string name;
};

enum class BreakpointKind { kSoftware, kHardware, kWriteWatch, kReadWatch, kAccessWatch };

struct Breakpoint {
  BreakpointKind kind = BreakpointKind::kSoftware;
  Pid pid;
  Address address;
  uint64_t length = 0;  // bytes watched; ignored for the first two kinds
  auto operator<=>(const Breakpoint&) const = default;
};

// Why run() returned. The task stands where the reason says, nothing of what follows has happened.
struct BreakpointHit {  // before the instruction at the breakpoint; pc is its address
  BreakpointKind kind = BreakpointKind::kSoftware;
};
struct WatchpointHit {  // behind the instruction (or system call) that touched the bytes; a write
                        // that changed none of them is none
  Breakpoint watchpoint;
};
struct StepDone {};
struct SignalReceived {  // the task is about to get this signal; a step then ends at the handler's
                         // first instruction, if there is one
  int32_t number = 0;
  Bytes info;  // siginfo_t
};
struct Executed {  // the task has a new program, and stands at its first instruction; the
                   // breakpoints that the process had are gone
  std::string executable;
};
struct CallEntered {  // about to make a system call that RunRequest::catches named
  int32_t number = 0;
};
struct CallReturned {  // its results are in place
  int32_t number = 0;
};
struct Forked {  // a new process exists
  TaskId child;
  bool is_vfork = false;
};
struct ProcessExited {  // it is no longer among tasks(), nor are its breakpoints
  int32_t wait_status = 0;
};
struct EndOfReplay {};    // every frame has come true; the last tasks stand where they ended
struct Interrupted {};    // RunRequest::interrupted answered true
struct Reached {};        // RunRequest::until. Not a stop: running on is as if it had not been.
struct StartOfReplay {};  // said by a time line that was asked to go back further; never by run()
struct Stuck {            // said by a diversion: the task would end, or sleep for ever
  std::string why;
};

using Reason = std::variant<BreakpointHit, WatchpointHit, StepDone, SignalReceived, CallEntered,
                            CallReturned, Executed, Forked, ProcessExited, EndOfReplay, Interrupted,
                            Reached, StartOfReplay, Stuck>;

struct Stop {
  TaskId task;
  Reason reason;
};

// A place to run to.
struct Until {
  FrameNumber frame;           // has come true
  std::optional<Ticks> ticks;  // of the thread that is then current; without it the last place
                               // before the next frame comes true
};

enum class Output { kShown, kHidden };

struct RunRequest {
  // Single-step this task by one instruction (a system call counts as one); other tasks run as the
  // recording has it until this one has stepped. Without it everything runs.
  std::optional<TaskId> step;
  // Asked every few milliseconds (at each frame, say) while the machine runs: true once somebody
  // wants it to stop (the debugger's Ctrl-C), and run() returns Interrupted soon after. It may poll
  // a socket, so it is cheap but not free. Empty: nobody can.
  std::function<bool()> interrupted;
  // Asked at each system call: true to stop at its entry (before) and its return. Empty: none
  // stops.
  std::function<bool(Pid, int32_t number)> catches;
  // It is asked as soon as cost() has come to this, too.
  std::optional<uint64_t> ask_at{};
  // Returns Reached there, or at once if that is here or behind. A breakpoint there comes first.
  std::optional<Until> until;
  // Whether what the program writes to its terminal is printed again.
  Output output = Output::kShown;
};

class Diversion;

class Machine {
 public:
  virtual ~Machine() = default;

  // A breakpoint that has been reported does not hit again: its task executes the instruction
  // first. Nor does one at the first instruction of the task that a fresh machine is about.
  virtual Stop run(const RunRequest& request) = 0;

  virtual std::vector<TaskInfo> tasks() const = 0;  // alive now, ascending
  virtual TaskId current_task() const = 0;  // the one that the next frame is about, or the last one
  virtual Position position() const = 0;
  virtual Ticks ticks(TaskId task) const = 0;  // of a task that is alive
  virtual uint64_t elapsed_ns() const = 0;     // recorded time since the start of the recording
  virtual FrameNumber last_frame() const = 0;  // of the recording
  // What replaying from the start to here costs, in units that no clock decides: about a tick each.
  virtual uint64_t cost() const = 0;
  // What it will be there, more or less; nothing where the recording does not tell.
  virtual std::optional<uint64_t> cost_at(FrameNumber frame) const = 0;
  // Memory that is there for this machine alone. Asking may take milliseconds.
  virtual uint64_t memory_bytes() const = 0;

  virtual Registers registers(TaskId task) const = 0;
  // A register set by its kernel note; nothing where it is not known. Where the kernel has a short
  // form of it for the time being, the whole one.
  virtual std::optional<Bytes> register_set(TaskId task, uint32_t note) const = 0;

  // Memory as the program sees it: planted breakpoints do not show. Returns the count of bytes
  // before the first inaccessible one.
  virtual size_t read_memory(Pid pid, Address address, std::span<std::byte> out) const = 0;
  virtual std::vector<MappingInfo> mappings(Pid pid) const = 0;
  virtual Bytes auxiliary_vector(Pid pid) const = 0;
  virtual std::string executable(Pid pid) const = 0;  // path in the recorded file system
  virtual ProcessInfo process_info(Pid pid) const = 0;

  // False when it cannot be set (no slot is left, an unaligned address, nothing mapped there).
  // Setting the same one twice is one breakpoint.
  virtual bool add_breakpoint(const Breakpoint& breakpoint) = 0;
  // The same, but where nothing is mapped yet it is set as soon as something is, and one that can
  // never be set is nowhere. What is awaited counts as planted.
  virtual void await_breakpoint(const Breakpoint& breakpoint) = 0;
  virtual void remove_breakpoint(const Breakpoint& breakpoint) = 0;
  virtual std::vector<Breakpoint> planted_breakpoints() const = 0;  // set now, in whatever order

  // A machine in the same state that runs independently of this one, or null where none can be made
  // at this point.
  virtual std::unique_ptr<Machine> fork() = 0;
  // A copy that may be changed (machine/diversion.h), or null where none can be made.
  virtual std::unique_ptr<Diversion> divert() = 0;
};

Mark mark_of(const Machine& machine);
// Whether it is among tasks().
bool is_alive(const Machine& machine, TaskId task);

template <typename R>
bool is(const Stop& stop) {
  return std::holds_alternative<R>(stop.reason);
}

}  // namespace rr::machine
