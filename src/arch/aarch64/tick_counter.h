// Which hardware event counts ticks on which core, and how an exception counts in each unit. Data
// and pure functions; the self-test that decides whether a counter is to be trusted is kernel/'s.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace rr::aarch64 {

// Raw PMUv3 event numbers (Arm ARM, "PMU events and event numbers").
inline constexpr uint64_t kEventInstructionsRetired = 0x08;
inline constexpr uint64_t kEventCycles = 0x11;
inline constexpr uint64_t kEventBranchesRetired = 0x21;
// INST_BRANCH_TAKEN of Apple's PMU (drivers/perf/apple_m1_cpu_pmu.c, 6.12).
inline constexpr uint64_t kEventAppleBranchesTaken = 0x90;

// A core whose taken branches are known to count well enough.
struct CoreRow {
  uint32_t implementer;  // MIDR_EL1[31:24]
  uint32_t part;         // MIDR_EL1[15:4]
  std::string_view name;
  uint64_t event;
  uint64_t skid;  // ticks by which an interrupt may come late
};
std::span<const CoreRow> known_cores();
const CoreRow* find_core(uint64_t midr);

// Counting rules of the instruction unit, measured under QEMU with -icount: the one place that
// knows them. brk counts though it does not advance; svc counts once, as does the brk that replay
// plants on it.
inline constexpr uint64_t kInstructionsCountedByBreakpoint = 1;
inline constexpr uint64_t kBranchesCountedByBreakpoint = 0;

}  // namespace rr::aarch64
