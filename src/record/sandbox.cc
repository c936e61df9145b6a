#include "record/sandbox.h"

#include <algorithm>
#include <cerrno>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "arch/aarch64/syscall_numbers.h"

namespace rr::record {
namespace {

// The one that a number's kind of action stands for; of several filters the lowest, as a signed
// number, decides (seccomp_run_filters() in kernel/seccomp.c).
int32_t rank(uint32_t returned) { return static_cast<int32_t>(returned & SECCOMP_RET_ACTION_FULL); }

Verdict verdict_of(uint32_t returned, Listener listener) {
  const auto data = static_cast<uint16_t>(returned & SECCOMP_RET_DATA);
  switch (returned & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
      return {};
    case SECCOMP_RET_ERRNO:
      return {Fate::kError, std::min<uint16_t>(data, 4095)};
    case SECCOMP_RET_TRACE:  // nobody that the program knows of traces it
      return {Fate::kError, ENOSYS};
    case SECCOMP_RET_USER_NOTIF:
      if (listener == Listener::kNone) return {Fate::kError, ENOSYS};
      return {Fate::kNotify, 0};
    case SECCOMP_RET_TRAP:
      return {Fate::kTrap, data};
    case SECCOMP_RET_KILL_THREAD:
      return {Fate::kKillThread, 0};
    default:
      return {Fate::kKillProcess, 0};
  }
}

// Strict mode's calls (mode1_syscalls in kernel/seccomp.c).
bool is_strictly_allowed(int32_t number) {
  return number == aarch64::kSysRead || number == aarch64::kSysWrite ||
         number == aarch64::kSysExit || number == aarch64::kSysRtSigreturn;
}

}  // namespace

bool Sandbox::has_room_for(const syscalls::FilterProgram& program) const {
  constexpr size_t kMostInstructions = 32768;  // MAX_INSNS_PER_PATH
  constexpr size_t kPenalty = 4;               // for each filter behind the new one
  size_t total = program.size();
  for (const Filter* filter = newest_.get(); filter != nullptr; filter = filter->older.get()) {
    total += filter->program.size() + kPenalty;
  }
  return total <= kMostInstructions;
}

void Sandbox::add(syscalls::FilterProgram program, Listener listener) {
  newest_ = std::make_shared<const Filter>(Filter{std::move(program), listener, newest_});
}

Verdict Sandbox::judge(const SyscallArguments& call, Address pc) const {
  if (is_strict_) {
    return {is_strictly_allowed(call.number) ? Fate::kRuns : Fate::kKillStrictly, 0};
  }
  const syscalls::FilterInput input{call.number, AUDIT_ARCH_AARCH64, pc.value, call.args};
  uint32_t lowest = SECCOMP_RET_ALLOW;
  Listener listener = Listener::kNone;
  for (const Filter* filter = newest_.get(); filter != nullptr; filter = filter->older.get()) {
    const uint32_t returned = syscalls::run_filter(filter->program, input);
    if (rank(returned) >= rank(lowest)) continue;
    lowest = returned;
    listener = filter->listener;
  }
  return verdict_of(lowest, listener);
}

}  // namespace rr::record
