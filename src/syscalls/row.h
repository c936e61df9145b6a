// The vocabulary of the system-call table. A row says what a call may write into the caller's
// memory, whether it may block, how replay treats it, and whether it is refused. Arguments are
// numbered from 1, as the manual page reads; outputs.h turns a row and real arguments into memory
// ranges, docs/ADD_A_SYSCALL.md tells how to write a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace rr::syscalls {

// All but kNever choose scratch memory for what the call writes; any call may turn out to block.
// kUntilSignal: a signal without a handler ends the call as well, with EINTR or with less done,
// where other calls begin again.
enum class Blocking : uint8_t { kNever, kMay, kUntilSignal };

// kEmulate: replay puts the recorded result and outputs in place. kExecute: replay must make the
// call come true in its own address space or process tree, if it succeeded; one that failed is
// emulated like any other.
enum class Replay : uint8_t { kEmulate, kExecute };

// Calls whose effect is more than their outputs; the recorder and the replayer switch over these
// exhaustively.
enum class Special : uint8_t {
  kNone,
  kMmap,
  kMunmap,
  kMremap,
  kBrk,
  kMprotect,  // mprotect, pkey_mprotect
  kMadvise,   // contents may vanish (DONTNEED, FREE, REMOVE, ...)
  kShmat,
  kShmdt,
  kClone,
  kClone3,
  kExec,  // execve, execveat
  kExit,  // this thread
  kExitGroup,
  kSigreturn,  // every register changes
  kSigaction,
  kSigprocmask,
  kSigaltstack,
  kRestart,          // restart_syscall: goes on with the call that was interrupted, and its outputs
  kSetTidAddress,    // a word that the kernel clears at exit
  kSetRobustList,    // words that the kernel changes at exit
  kOpen,             // may open a file whose contents must be masked (/proc/self/auxv, ...)
  kSetAffinity,      // tracees stay on the recorder's one CPU
  kProcessVmWritev,  // writes another process's memory: see remote_iovec()
  kProcessMadvise,   // as madvise, in another process
  kSetTsc,           // PR_SET_TSC: the trap on the counter belongs to the recorder
  kSeccomp,          // the program's filters: the recorder asks them in the kernel's stead
  kSeccompReceive,   // SECCOMP_IOCTL_NOTIF_RECV: tells where another thread made a call
  kDumpable,         // PR_SET_DUMPABLE could take the recorder's access away
  kPacResetKeys,     // new random keys
  kTaggedAddresses,  // PR_SET_TAGGED_ADDR_CTRL, which also rules MTE
  kTellTime,         // clock_gettime, gettimeofday: the recorder may answer
  kVectorLength,     // PR_SVE_SET_VL
  kWait,             // sees an ended child only once its tracer has seen it
  kBpf,              // programs and maps that change memory without a call are refused
  kPerfEvent,        // and events that change the program
  kSetLimit,         // setrlimit, prlimit64: the stack's limit decides where it ends
};

// An argument's number, from 1, and whether the kernel's parameter is 32 bits wide, so that the
// upper half of the register is not looked at.
struct Argument {
  uint8_t number = 0;
  bool is_low_half = false;

  constexpr Argument() = default;
  constexpr Argument(int n, bool low = false)  // NOLINT: a row says bytes(2, 3)
      : number(static_cast<uint8_t>(n)), is_low_half(low) {}
};
constexpr Argument low32(int number) { return {number, true}; }

enum class Shape : uint8_t {
  kObject,      // one object of `unit` bytes
  kArray,       // `count` objects of `unit` bytes
  kBytesLenAt,  // as many `unit`s as the 32-bit word at argument `count` says at entry
  kBits,        // a bit set of `count` bits in 64-bit words
  kPages,       // one byte for each page of `count` bytes
  kIovec,       // the buffers of `count` iovecs
  kMsghdr,      // what recvmsg fills in
  kMmsghdr,     // what recvmmsg fills in
  kObjectVia,   // an object whose address lies `offset` bytes into the argument's structure
  kBytesVia,    // bytes, address at `offset`, 32-bit capacity at `length_offset` of the structure
  kTrailing,    // a head of `prefix` bytes, then objects; 16- or 32-bit count at `offset`
  kIoctlSize,   // as the direction and size bits of the command in argument `count` say
  kBpfPart,     // keys (`unit` 0) or values (1) of the map whose descriptor lies at `fd_offset`:
                // address at `offset`, how many at `length_offset`, one where that is 0
  kBpfInfo,     // of BPF_OBJ_GET_INFO_BY_FD: a structure, and arrays that it points to
};

// How much of the range the result shows to be written.
enum class Sure : uint8_t {
  kAll,
  kResult,   // result * unit bytes (and the prefix)
  kNothing,  // it depends on what the result does not tell
};

// Results after which memory may have changed, in addition to -EFAULT, after which it always may.
enum When : uint8_t {
  kOnSuccess = 1,
  kOnPositive = 2,   // on success with a result above zero
  kInterrupted = 4,  // -EINTR and the restart codes that only a tracer sees
  kOnOtherErrors = 8,
  kOnInvalid = 16,  // -EINVAL
};

// The most that one read or write moves (MAX_RW_COUNT with 4 KiB pages).
inline constexpr uint64_t kMaxTransfer = 0x7ffff000;
// The most iovecs or messages that one call takes (UIO_MAXIOV).
inline constexpr uint64_t kMaxIovecs = 1024;

// Made by the functions below; the methods refine.
struct OutputSpec {
  Shape shape = Shape::kObject;
  Argument pointer{};
  Argument count{};
  uint32_t unit = 0;
  uint32_t prefix = 0;  // bytes before the first unit; of a via: the structure's size
  uint16_t offset = 0;
  uint16_t length_offset = 0;
  uint16_t fd_offset = 0;
  uint64_t limit = UINT64_MAX;
  Sure sure = Sure::kAll;
  uint8_t when = kOnSuccess;
  bool is_in_place = false;
  bool is_read_too = false;
  bool is_length_unsigned = false;  // of a kBytesLenAt: otherwise a negative one is refused
  uint64_t flags = 0;               // written only if the call has all of these: if_all()

 private:
  // First of all: clang 14 evaluates constants before it comes to a template further down.
  template <typename Change>
  constexpr OutputSpec with(Change change) const {
    OutputSpec copy = *this;
    change(copy);
    return copy;
  }

 public:
  // The kernel never writes more bytes than this, whatever the capacity.
  constexpr OutputSpec at_most(uint64_t bytes) const {
    return with([&](auto& o) { o.limit = bytes; });
  }
  // The result counts the objects written.
  constexpr OutputSpec by_result() const {
    return with([](auto& o) { o.sure = Sure::kResult; });
  }
  constexpr OutputSpec whole() const {
    return with([](auto& o) { o.sure = Sure::kAll; });
  }
  // The result does not tell whether, or how much.
  constexpr OutputSpec maybe() const {
    return with([](auto& o) { o.sure = Sure::kNothing; });
  }
  constexpr OutputSpec unsigned_length() const {
    return with([](auto& o) { o.is_length_unsigned = true; });
  }
  constexpr OutputSpec if_positive() const {
    return with([](auto& o) { o.when = kOnPositive; });
  }
  constexpr OutputSpec when_interrupted() const {
    return with([](auto& o) { o.when = static_cast<uint8_t>(o.when | kInterrupted); });
  }
  constexpr OutputSpec only_interrupted() const {
    return with([](auto& o) { o.when = kInterrupted; });
  }
  // The flags, CLONE_*, stand in argument 1; of an object via, in the first word of the structure.
  constexpr OutputSpec if_all(uint64_t flags_needed) const {
    return with([&](auto& o) { o.flags = flags_needed; });
  }
  // After an argument has been found invalid behind the writing.
  constexpr OutputSpec on_invalid() const {
    return with([](auto& o) { o.when = static_cast<uint8_t>(o.when | kOnInvalid); });
  }
  // After any error.
  constexpr OutputSpec on_error() const {
    return with(
        [](auto& o) { o.when = static_cast<uint8_t>(o.when | kInterrupted | kOnOtherErrors); });
  }
};

template <typename T>
constexpr OutputSpec out(int pointer) {
  return {.shape = Shape::kObject, .pointer = pointer, .unit = sizeof(T)};
}
// Read by the kernel, then written.
template <typename T>
constexpr OutputSpec inout(int pointer) {
  return {.shape = Shape::kObject, .pointer = pointer, .unit = sizeof(T), .is_read_too = true};
}
// A word that must stay where it is: another thread or the kernel reads or writes it meanwhile.
template <typename T>
constexpr OutputSpec in_place(int pointer) {
  return {.shape = Shape::kObject,
          .pointer = pointer,
          .unit = sizeof(T),
          .sure = Sure::kNothing,
          .is_in_place = true,
          .is_read_too = true};
}
template <typename T>
constexpr OutputSpec array(int pointer, Argument count) {
  return {.shape = Shape::kArray, .pointer = pointer, .count = count, .unit = sizeof(T)};
}
// A buffer of `capacity` bytes of which the result says how many were filled. `header` bytes go
// before them and are counted by neither.
constexpr OutputSpec bytes(int pointer, Argument capacity, uint32_t header = 0) {
  return {.shape = Shape::kArray,
          .pointer = pointer,
          .count = capacity,
          .unit = 1,
          .prefix = header,
          .limit = kMaxTransfer,
          .sure = Sure::kResult};
}
// A buffer whose capacity stands in a 32-bit word, where the kernel puts the true length.
constexpr OutputSpec bytes_len_at(int pointer, int length_pointer, uint32_t unit = 1) {
  return {.shape = Shape::kBytesLenAt, .pointer = pointer, .count = length_pointer, .unit = unit};
}
constexpr OutputSpec bits(int pointer, Argument count) {
  return {.shape = Shape::kBits, .pointer = pointer, .count = count, .unit = 8};
}
constexpr OutputSpec pages(int pointer, Argument length) {
  return {.shape = Shape::kPages, .pointer = pointer, .count = length, .unit = 1};
}
constexpr OutputSpec iovec(int pointer, Argument count) {
  return {
      .shape = Shape::kIovec, .pointer = pointer, .count = count, .unit = 1, .sure = Sure::kResult};
}
constexpr OutputSpec msghdr(int pointer) {
  return {.shape = Shape::kMsghdr, .pointer = pointer, .unit = 1, .sure = Sure::kResult};
}
constexpr OutputSpec mmsghdr(int pointer, Argument count) {
  return {.shape = Shape::kMmsghdr,
          .pointer = pointer,
          .count = count,
          .unit = 1,
          .sure = Sure::kResult};
}
// Through a pointer that lies at `offset` in the structure that the argument points to.
template <typename Structure, typename T>
constexpr OutputSpec out_via(int structure, size_t offset) {
  return {.shape = Shape::kObjectVia,
          .pointer = structure,
          .unit = sizeof(T),
          .prefix = sizeof(Structure),
          .offset = static_cast<uint16_t>(offset)};
}
template <typename Structure>
constexpr OutputSpec bytes_via(int structure, size_t offset, size_t length_offset) {
  return {.shape = Shape::kBytesVia,
          .pointer = structure,
          .unit = 1,
          .prefix = sizeof(Structure),
          .offset = static_cast<uint16_t>(offset),
          .length_offset = static_cast<uint16_t>(length_offset)};
}
// As many objects as the 32-bit count at `count_offset` says, which the kernel sets to how many
// there are.
template <typename Structure, typename T>
constexpr OutputSpec array_via(int structure, size_t offset, size_t count_offset) {
  OutputSpec made = bytes_via<Structure>(structure, offset, count_offset);
  made.unit = sizeof(T);
  return made;
}
// Keys or values of a bpf map.
template <typename Structure>
constexpr OutputSpec map_keys(int structure, size_t offset, size_t fd_offset, size_t count_offset) {
  OutputSpec made = bytes_via<Structure>(structure, offset, count_offset);
  made.shape = Shape::kBpfPart;
  made.unit = 0;
  made.fd_offset = static_cast<uint16_t>(fd_offset);
  made.sure = Sure::kNothing;
  return made;
}
template <typename Structure>
constexpr OutputSpec map_values(int structure, size_t offset, size_t fd_offset,
                                size_t count_offset) {
  OutputSpec made = map_keys<Structure>(structure, offset, fd_offset, count_offset);
  made.unit = 1;
  return made;
}
constexpr OutputSpec bpf_info(int structure) {
  return {.shape = Shape::kBpfInfo, .pointer = structure, .sure = Sure::kNothing};
}
// `Count` is the type of the count that lies at `offset` in the head.
template <typename Head, typename Element, typename Count>
constexpr OutputSpec trailing(int pointer, size_t offset) {
  return {.shape = Shape::kTrailing,
          .pointer = pointer,
          .unit = sizeof(Element),
          .prefix = sizeof(Head),
          .offset = static_cast<uint16_t>(offset),
          .length_offset = sizeof(Count),
          .sure = Sure::kNothing,
          .is_read_too = true};
}
// A structure with what follows it, of as many bytes as its own field at `offset` says.
template <typename Count>
constexpr OutputSpec sized_by(int pointer, size_t offset) {
  return {.shape = Shape::kTrailing,
          .pointer = pointer,
          .unit = 1,
          .offset = static_cast<uint16_t>(offset),
          .length_offset = sizeof(Count),
          .sure = Sure::kNothing,
          .is_read_too = true};
}
constexpr OutputSpec ioctl_sized(int pointer, int command) {
  return {.shape = Shape::kIoctlSize,
          .pointer = pointer,
          .count = low32(command),
          .unit = 1,
          .is_read_too = true};
}

// Answered with -error without being run, for the reason that docs/SYSCALLS.md shows.
struct Refusal {
  int error = 0;
  const char* reason = nullptr;
};
constexpr Refusal refuse(int error, const char* reason) { return {error, reason}; }

struct Row;

// The row depends on a sub-command: (argument & mask) >> shift.
struct Dispatch {
  uint8_t argument = 0;
  uint8_t shift = 0;
  uint32_t mask = UINT32_MAX;
  // Sorted by their numbers, as unsigned. Nothing: the row has no sub-commands.
  std::span<const Row> (*rows)() = nullptr;
  // The row of a sub-command that has none.
  const Row& (*otherwise)(uint32_t command) = nullptr;
};

inline constexpr size_t kMaxOutputs = 5;

// One call, or one sub-command: then `number` is the command's value.
struct Row {
  int32_t number = 0;
  const char* name = "";
  // One word for each argument, and `= word` for a result that is no plain number; describe.h has
  // the words.
  const char* arguments = "";
  std::array<OutputSpec, kMaxOutputs> output_specs{};
  uint8_t output_count = 0;
  Blocking blocking = Blocking::kNever;
  Replay replay = Replay::kEmulate;
  Special special = Special::kNone;
  Refusal refusal;
  Dispatch dispatch;

  // Whatever follows the outputs is a Blocking, Replay, Special, Refusal or Dispatch, where it is
  // not the usual one.
  template <typename... Traits>
  constexpr Row(int64_t row_number, const char* row_name, const char* row_arguments,
                std::initializer_list<OutputSpec> specs = {}, Traits... traits)
      : number(static_cast<int32_t>(row_number)), name(row_name), arguments(row_arguments) {
    for (const OutputSpec& spec : specs) output_specs.at(output_count++) = spec;
    (set(traits), ...);
  }

  constexpr bool is_refused() const { return refusal.error != 0; }
  constexpr bool may_block() const { return blocking != Blocking::kNever; }

 private:
  constexpr void set(Blocking b) { blocking = b; }
  constexpr void set(Replay r) { replay = r; }
  constexpr void set(Special s) { special = s; }
  constexpr void set(Refusal r) { refusal = r; }
  constexpr void set(Dispatch d) { dispatch = d; }
};

inline constexpr Blocking kMayBlock = Blocking::kMay;
inline constexpr Blocking kBlocksUntilSignal = Blocking::kUntilSignal;
inline constexpr Replay kExecute = Replay::kExecute;

constexpr Dispatch dispatch(int argument, std::span<const Row> (*rows)(),
                            const Row& (*otherwise)(uint32_t command), uint32_t mask = UINT32_MAX,
                            uint8_t shift = 0) {
  return {static_cast<uint8_t>(argument), shift, mask, rows, otherwise};
}

template <size_t N>
constexpr bool is_sorted_and_unique(const Row (&rows)[N]) {
  for (size_t i = 1; i < N; ++i) {
    if (static_cast<uint32_t>(rows[i - 1].number) >= static_cast<uint32_t>(rows[i].number))
      return false;
  }
  return true;
}

}  // namespace rr::syscalls
