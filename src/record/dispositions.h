// What a process does with signals, as /proc/PID/status shows it and the kernel's defaults complete
// it.
#pragma once

#include <cstdint>

#include "trace/frame.h"
#include "util/types.h"

namespace rr::record {

// Sets of signals: bit n-1 for signal n.
struct Dispositions {
  uint64_t handled = 0;
  uint64_t ignored = 0;  // by SIG_IGN

  trace::SignalOutcome outcome_of(int signal) const;
  // By SIG_IGN or by default.
  uint64_t all_ignored() const;
};

Dispositions dispositions_of(Tid tid);

}  // namespace rr::record
