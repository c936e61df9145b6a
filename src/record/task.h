// A thread being recorded: the living thread, and where it stands between two events.
#pragma once

#include <csignal>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <variant>

#include "record/clock_buffer.h"
#include "record/output_streams.h"
#include "record/sandbox.h"
#include "record/scratch.h"
#include "record/scratch_pool.h"
#include "record/shared_ranges.h"
#include "record/streamed_output.h"
#include "record/untraced_child.h"
#include "syscalls/outputs.h"
#include "syscalls/row.h"
#include "trace/frame.h"
#include "tracee/thread.h"

namespace rr::record {

// Runs the program, or its last stop waits to be taken down.
struct InProgram {};

// Its last stop has been taken down; it goes on when its turn comes.
struct Waiting {};

// Between the entry and the exit of a system call.
struct InCall {
  Registers before;  // at the entry, pc behind the instruction
  Ticks ticks;
  SyscallArguments call;
  const syscalls::Row* row = nullptr;  // resolved
  syscalls::Plan plan;
  std::optional<Scratch> scratch;             // where the outputs go meanwhile
  std::optional<ChangedFlags> changed_flags;  // of clone3, in memory, until the child is there
  std::optional<uint64_t> program_mask;       // of signals, where more are blocked meanwhile
  uint64_t input_checksum = 0;
  std::vector<trace::MemoryWrite> inputs;  // for people, of the frame that records the entry
  trace::Echo echo = trace::Echo::kNone;
  std::optional<StreamSource> streamed;  // what it moves to our output without showing it
  std::optional<syscalls::FilterProgram> new_filter;  // that it installs, if it succeeds
  bool is_notifying = false;                          // its filter's supervisor decides
  bool has_new_program = false;                       // execve has replaced the address space
  bool is_entry_recorded = false;                     // by a frame of its own
};

// A call is skipped so that a signal comes before it.
struct SkippingCall {
  Registers at_instruction;
  siginfo_t info;
};

// Will run no more instruction of the program.
struct Exiting {};

// A filter has turned its last call into a SIGSYS, which is on its way.
struct Trapped {
  uint16_t data;
  Address pc;
};

using TaskState = std::variant<InProgram, Waiting, InCall, SkippingCall, Exiting>;

// A call that begins again may show it (quirk original-argument).
struct MovedArgument {
  uint64_t shown;
  uint64_t program;
};

// How the thread was left by its last frame.
struct LastEvent {
  Ticks ticks;
  Registers after;
  std::optional<int32_t> call = std::nullopt;  // that it was the exit of
};

struct Task {
  tracee::Thread thread;
  TaskState state;
  std::shared_ptr<OutputStreams> streams;
  std::shared_ptr<ClockBuffer> clock_buffer = std::make_shared<ClockBuffer>();
  // It has set itself so that it cannot be dumped, which the kernel has not been told. With all
  // that share its memory.
  std::shared_ptr<bool> says_undumpable = std::make_shared<bool>(false);
  std::shared_ptr<ScratchPool> scratch_pool = nullptr;  // once it has a program
  std::shared_ptr<SharedRanges> shared_ranges = std::make_shared<SharedRanges>();
  // A call that was interrupted: the kernel has yet to decide between a restart and EINTR, so its
  // frame waits for the registers of the next stop.
  std::optional<trace::Frame> interrupted = std::nullopt;
  // What its argument 1 was made, where the program had another.
  std::optional<MovedArgument> moved_argument = std::nullopt;
  Sandbox sandbox;
  std::optional<Trapped> trapped = std::nullopt;
  LastEvent last = {};
  std::deque<siginfo_t> held = {};                     // signals that wait for the next call
  std::optional<siginfo_t> sent_again = std::nullopt;  // one of them, on its way
  std::optional<uint64_t> ignored = std::nullopt;      // signals, once asked for
  // What the program blocks, while the thread runs it with the end of its slice unblocked.
  std::optional<uint64_t> blocked = std::nullopt;
  // A word that the kernel clears when the thread ends.
  Address cleared_at_exit = {};
  // Its list of robust mutexes, whose words the kernel changes then.
  Address robust_list = {};
};

}  // namespace rr::record
