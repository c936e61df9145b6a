#include "arch/aarch64/tick_counter.h"

#include <array>

namespace rr::aarch64 {
namespace {

constexpr uint32_t kArm = 0x41;
constexpr uint32_t kAmpere = 0xc0;
constexpr uint32_t kQualcomm = 0x51;
constexpr uint32_t kApple = 0x61;

constexpr std::array<CoreRow, 27> kCores = {{
    {kArm, 0xd0b, "Cortex-A76", kEventBranchesRetired, 10000},
    {kArm, 0xd0c, "Neoverse-N1", kEventBranchesRetired, 1000},
    {kArm, 0xd0d, "Cortex-A77", kEventBranchesRetired, 10000},
    {kArm, 0xd40, "Neoverse-V1", kEventBranchesRetired, 1000},
    {kArm, 0xd41, "Cortex-A78", kEventBranchesRetired, 10000},
    {kArm, 0xd44, "Cortex-X1", kEventBranchesRetired, 10000},
    {kArm, 0xd49, "Neoverse-N2", kEventBranchesRetired, 1000},
    {kArm, 0xd4f, "Neoverse-V2", kEventBranchesRetired, 1000},
    {kArm, 0xd81, "Cortex-A720", kEventBranchesRetired, 1000},
    {kArm, 0xd83, "Neoverse-V3AE", kEventBranchesRetired, 1000},
    {kArm, 0xd84, "Neoverse-V3", kEventBranchesRetired, 1000},
    {kArm, 0xd8e, "Neoverse-N3", kEventBranchesRetired, 1000},
    {kQualcomm, 0x001, "Oryon", kEventBranchesRetired, 10000},
    {kApple, 0x022, "M1 Icestorm", kEventAppleBranchesTaken, 1000},
    {kApple, 0x023, "M1 Firestorm", kEventAppleBranchesTaken, 1000},
    {kApple, 0x024, "M1 Pro Icestorm", kEventAppleBranchesTaken, 1000},
    {kApple, 0x025, "M1 Pro Firestorm", kEventAppleBranchesTaken, 1000},
    {kApple, 0x028, "M1 Max Icestorm", kEventAppleBranchesTaken, 1000},
    {kApple, 0x029, "M1 Max Firestorm", kEventAppleBranchesTaken, 1000},
    {kApple, 0x032, "M2 Blizzard", kEventAppleBranchesTaken, 1000},
    {kApple, 0x033, "M2 Avalanche", kEventAppleBranchesTaken, 1000},
    {kApple, 0x034, "M2 Pro Blizzard", kEventAppleBranchesTaken, 1000},
    {kApple, 0x035, "M2 Pro Avalanche", kEventAppleBranchesTaken, 1000},
    {kApple, 0x038, "M2 Max Blizzard", kEventAppleBranchesTaken, 1000},
    {kApple, 0x039, "M2 Max Avalanche", kEventAppleBranchesTaken, 1000},
    {kAmpere, 0xac3, "AmpereOne", kEventBranchesRetired, 1000},
    {kAmpere, 0xac4, "AmpereOne A", kEventBranchesRetired, 1000},
}};

}  // namespace

std::span<const CoreRow> known_cores() { return kCores; }

const CoreRow* find_core(uint64_t midr) {
  for (const CoreRow& core : kCores) {
    if (core.implementer == ((midr >> 24) & 0xff) && core.part == ((midr >> 4) & 0xfff))
      return &core;
  }
  return nullptr;
}

}  // namespace rr::aarch64
