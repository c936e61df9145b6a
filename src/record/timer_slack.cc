#include "record/timer_slack.h"

#include <sys/prctl.h>

#include "arch/aarch64/syscall_numbers.h"

namespace rr::record {
namespace {

// No number that a program would set.
constexpr uint64_t kWideSlack = 250'111;  // ns

}  // namespace

TimerSlack::TimerSlack() {
  const int slack = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
  own_ = slack < 0 ? kWideSlack : static_cast<uint64_t>(slack);
}

std::optional<uint64_t> TimerSlack::wanted() const {
  return own_ < kWideSlack ? std::optional(kWideSlack) : std::nullopt;
}

bool TimerSlack::hide(const SyscallArguments& call, Registers& after) const {
  const bool is_question =
      call.number == aarch64::kSysPrctl && static_cast<uint32_t>(call.args[0]) == PR_GET_TIMERSLACK;
  if (!is_question || Arch::syscall_result(after) != static_cast<int64_t>(kWideSlack)) return false;
  Arch::set_syscall_result(after, static_cast<int64_t>(own_));
  return true;
}

}  // namespace rr::record
