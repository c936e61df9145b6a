// A recording is a header and a sequence of frames. A frame says: thread T, at tick N and in
// register state `before`, met this event, which left these register sets, this memory and the
// state `after`. All are plain values: the recorder makes them, the writer and the reader carry
// them, the replayer visits the event exhaustively. docs/TRACE_FORMAT.md has the form on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "arch/arch.h"
#include "util/bytes.h"
#include "util/types.h"

namespace rr::trace {

using rr::TickUnit;

// A file as it was when it was mapped, kept in the trace: its key in the file store.
struct FileId {
  uint32_t value = 0;
  auto operator<=>(const FileId&) const = default;
};

// One mapping. Protection and flags are the kernel's PROT_* and MAP_* bits. Without flags, with a
// call that failed: how far it came before (record/half_done.h).
struct Mapping {
  AddressRange range;
  uint32_t protection = 0;
  uint32_t flags = 0;
  std::optional<FileId> file;  // none: anonymous, or a segment
  uint64_t file_offset = 0;    // bytes
  std::string name;            // as /proc/PID/maps shows it: a path, [stack], [vdso], or empty
  std::optional<int32_t> segment = std::nullopt;  // System V shared memory: shmget's result

  bool operator==(const Mapping&) const = default;
};

// A register set other than the general one, as the kernel's regset of that note holds it.
struct RegisterSet {
  uint32_t note = 0;
  Bytes bytes;

  bool operator==(const RegisterSet&) const = default;
};

// Bytes that the event left in the memory of the frame's thread; elsewhere for FileChangeEvent and
// RemoteWriteEvent.
struct MemoryWrite {
  Address address;
  Bytes bytes;

  bool operator==(const MemoryWrite&) const = default;
};

// Which of the recorder's own output streams a write(2) reached, so that replay can print it again.
enum class Echo { kNone, kStdout, kStderr };

// The address space was replaced. `before` and `after` are both the first state of the new program;
// writes hold what the kernel and the recorder put into memory.
struct ExecEvent {
  std::string executable;  // absolute path in the recorded file system
  std::vector<std::string> arguments;
  std::vector<Mapping> mappings;
  Address program_break;
  uint64_t stack_limit = 0;  // RLIMIT_STACK, bytes: where the stack stops growing; 0: not known
  bool operator==(const ExecEvent&) const = default;
};

// A new thread or process, seen as an effect of the call that made it.
struct NewTask {
  Tid tid;
  Pid pid;
  uint64_t clone_flags = 0;
  bool operator==(const NewTask&) const = default;
};

// A whole system call: `before` at its entry (pc behind the instruction), `after` at its exit.
// The number of a call that was answered without being run: replay must not execute it either.
inline constexpr int32_t kNotRun = -1;

struct SyscallEvent {
  int32_t number = 0;  // or kNotRun
  Echo echo = Echo::kNone;
  std::optional<Mapping> mapping;  // mmap, mremap, shmat: what is mapped now
  std::optional<NewTask> new_task;
  uint64_t input_checksum = 0;  // of what a write hands to the kernel; 0: none was taken
  bool operator==(const SyscallEvent&) const = default;
};

// A system call whose entry and exit are apart because other threads ran between them.
struct SyscallEnterEvent {
  int32_t number = 0;
  Echo echo = Echo::kNone;
  std::optional<NewTask> new_task;
  uint64_t input_checksum = 0;  // as in SyscallEvent
  bool operator==(const SyscallEnterEvent&) const = default;
};
struct SyscallExitEvent {
  int32_t number = 0;
  std::optional<Mapping> mapping;
  bool operator==(const SyscallExitEvent&) const = default;
};

// What became of a signal.
enum class SignalOutcome {
  kHandled,  // a handler was entered: `after` is its first state, writes hold the frame
  kIgnored,  // nothing visible happened
  kFatal,    // the process dies of it; TaskExit frames follow
  kStopped,  // a stopping signal
};

struct SignalEvent {
  int32_t number = 0;
  SignalOutcome outcome = SignalOutcome::kIgnored;
  bool synchronous =
      false;   // raised by the instruction at pc: replay meets it by running that instruction
  Bytes info;  // siginfo_t
  bool operator==(const SignalEvent&) const = default;
};

// An instruction whose result the machine decides (a counter or random read) was emulated by the
// recorder.
struct InstructionTrapEvent {
  uint32_t instruction = 0;
  bool operator==(const InstructionTrapEvent&) const = default;
};

// The thread was preempted here.
struct PreemptEvent {
  bool operator==(const PreemptEvent&) const = default;
};

// The thread is gone. wait_status is of the whole process if it was the last thread.
struct TaskExitEvent {
  int32_t wait_status = 0;
  bool last_of_process = false;
  bool operator==(const TaskExitEvent&) const = default;
};

// The call whose frame came before has changed a file that is or was mapped. The frame's writes are
// the file's: their addresses are offsets in it.
struct FileChangeEvent {
  FileId file;
  uint64_t size = 0;  // bytes, afterwards
  bool operator==(const FileChangeEvent&) const = default;
};

// The call whose frame came before has changed another process, or its own by a number: the frame's
// writes are in the process of thread `target`.
struct RemoteWriteEvent {
  Tid target;
  uint64_t stack_limit = 0;  // that it was given: RLIMIT_STACK, bytes; 0: none
  bool operator==(const RemoteWriteEvent&) const = default;
};

// The frame's writes are what the thread's readings of the clock, up to its next event, will find
// in its buffer (arch/aarch64/clock_stub.h): it has stood there since its event before.
struct ClockReadsEvent {
  uint32_t count = 0;
  bool operator==(const ClockReadsEvent&) const = default;
};

using Event = std::variant<ExecEvent, SyscallEvent, SyscallEnterEvent, SyscallExitEvent,
                           SignalEvent, InstructionTrapEvent, PreemptEvent, TaskExitEvent,
                           FileChangeEvent, RemoteWriteEvent, ClockReadsEvent>;

struct Frame {
  Tid tid;
  Ticks ticks;                // of this thread, when the event met it
  uint64_t monotonic_ns = 0;  // CLOCK_MONOTONIC when the frame was made
  Registers before;
  Registers after;
  std::vector<RegisterSet> register_sets;  // sets that the event changed
  std::vector<MemoryWrite> writes;
  Event event;
  // What a call's arguments pointed to at its entry, as far as a person wants to see it (paths, the
  // beginning of a buffer). Replay does not look at it.
  std::vector<MemoryWrite> inputs = {};
  uint64_t vector_checksum = 0;  // of the vector registers when the event met it; 0: none was taken

  bool operator==(const Frame&) const = default;
};

// What holds for the whole recording.
struct Header {
  std::string uuid;
  std::string rr_version;
  std::string architecture;  // Arch::kName
  TickUnit tick_unit = TickUnit::kNone;
  uint64_t page_size = 0;      // bytes
  uint64_t cpu_model = 0;      // MIDR_EL1, or 0
  std::string kernel_release;  // uname -r
  std::string host_name;
  int64_t start_time_ns = 0;  // CLOCK_REALTIME
  Address low_page;           // where the recorder's page lies in every address space
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string working_directory;
  uint32_t vector_length = 0;  // bytes of an SVE register when a program begins; 0: no SVE

  bool operator==(const Header&) const = default;
};

}  // namespace rr::trace
