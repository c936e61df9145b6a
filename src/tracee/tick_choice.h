// Decides by a self-test, not by a table alone, what this machine can count: known loops are
// counted many times and must give the same number each time. What reads nothing or varies is
// rejected.
#pragma once

#include <optional>
#include <string>

#include "tracee/tick_source.h"

namespace rr::tracee {

struct TickChoice {
  TickFacts facts;
  std::string explanation;  // one line for a person: what was found, or why nothing was
  bool is_known = false;    // the core is in the table
};

// The calling thread must be bound to the CPU that will be used.
TickChoice choose_ticks();

// A source for a recording whose unit is `unit`. Throws Error when this machine does not count
// that.
TickFacts facts_for_unit(TickUnit unit);

// The kernel's number for the PMU of a CPU: PERF_TYPE_RAW where sysfs does not tell.
uint32_t pmu_type_of(int cpu);

// MIDR_EL1 of a CPU, from sysfs; 0 where it is not shown.
uint64_t cpu_model(int cpu);

}  // namespace rr::tracee
