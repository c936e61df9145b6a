#include "record/own_clocks.h"

#include <algorithm>
#include <ctime>
#include <sys/stat.h>
#include <sys/time.h>

#include "arch/aarch64/syscall_numbers.h"
#include "syscalls/clone_arguments.h"
#include "util/bytes.h"

namespace rr::record {
namespace {

constexpr uint64_t kCloneNewTime = 0x80;

// Not a thread's or a process's CPU time, nor the clocks of a device; the alarm clocks ask for one.
bool is_of_whole_machine(uint64_t clock) {
  switch (static_cast<clockid_t>(clock)) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI:
      return true;
    default:
      return false;
  }
}

// Children may live in another namespace than we do (unshare(1) executes us there).
bool children_share_our_clocks() {
  struct stat ours {};
  struct stat theirs {};
  if (::stat("/proc/self/ns/time", &ours) != 0) return true;  // a kernel without them
  return ::stat("/proc/self/ns/time_for_children", &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

template <typename T>
OwnClocks::Time bytes_of_time(const T& time) {
  static_assert(sizeof time == sizeof(OwnClocks::Time));
  OwnClocks::Time bytes;
  std::ranges::copy(bytes_of(time), bytes.begin());
  return bytes;
}

}  // namespace

OwnClocks::OwnClocks() : are_the_programs_(children_share_our_clocks()) {}

void OwnClocks::note(const SyscallArguments& call, const MemoryReader& memory) {
  switch (call.number) {
    case aarch64::kSysSetns:
      are_the_programs_ = false;
      return;
    case aarch64::kSysUnshare:
      if ((call.args[0] & kCloneNewTime) != 0) are_the_programs_ = false;
      return;
    case aarch64::kSysClone3: {
      const auto arguments = syscalls::clone_arguments(call, memory);
      if (arguments && (arguments->flags & kCloneNewTime) != 0) are_the_programs_ = false;
      return;
    }
    default:
      return;
  }
}

std::optional<OwnClocks::Time> OwnClocks::answer(const SyscallArguments& call) const {
  if (!are_the_programs_) return std::nullopt;
  if (call.number == aarch64::kSysClockGettime && is_of_whole_machine(call.args[0])) {
    timespec time{};
    if (::clock_gettime(static_cast<clockid_t>(call.args[0]), &time) == 0) {
      return bytes_of_time(time);
    }
  }
  if (call.number == aarch64::kSysGettimeofday && call.args[0] != 0 && call.args[1] == 0) {
    timeval time{};
    if (::gettimeofday(&time, nullptr) == 0) return bytes_of_time(time);
  }
  return std::nullopt;
}

}  // namespace rr::record
