#include "record/dispositions.h"

#include <csignal>
#include <cstdlib>
#include <string>

#include "kernel/proc.h"

namespace rr::record {
namespace {

// A line "NAME:\t<16 hexadecimal digits>".
uint64_t signal_set(const std::string& status, const std::string& name) {
  const size_t line = status.find("\n" + name + ":");
  if (line == std::string::npos) return 0;
  return std::strtoull(status.c_str() + line + name.size() + 2, nullptr, 16);
}

constexpr uint64_t bit_of(int signal) { return uint64_t{1} << (signal - 1); }

constexpr uint64_t kIgnoredByDefault =
    bit_of(SIGCHLD) | bit_of(SIGURG) | bit_of(SIGWINCH) | bit_of(SIGCONT);
constexpr uint64_t kStopsByDefault =
    bit_of(SIGSTOP) | bit_of(SIGTSTP) | bit_of(SIGTTIN) | bit_of(SIGTTOU);

}  // namespace

trace::SignalOutcome Dispositions::outcome_of(int signal) const {
  const uint64_t bit = bit_of(signal);
  if ((handled & bit) != 0) return trace::SignalOutcome::kHandled;
  if ((all_ignored() & bit) != 0) return trace::SignalOutcome::kIgnored;
  return (kStopsByDefault & bit) != 0 ? trace::SignalOutcome::kStopped
                                      : trace::SignalOutcome::kFatal;
}

uint64_t Dispositions::all_ignored() const { return ignored | (kIgnoredByDefault & ~handled); }

Dispositions dispositions_of(Tid tid) {
  const std::string status = kernel::read_proc_file(tid, "status");
  return {.handled = signal_set(status, "SigCgt"), .ignored = signal_set(status, "SigIgn")};
}

}  // namespace rr::record
