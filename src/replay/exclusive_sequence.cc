#include "replay/exclusive_sequence.h"

#include "arch/aarch64/instructions.h"
#include "arch/aarch64/memory_access.h"

namespace rr::replay {
namespace {

// The architecture promises success only to short ones; gdb looks as far.
constexpr uint64_t kMostInstructions = 16;
constexpr uint64_t kInstructionSize = 4;

}  // namespace

std::optional<ExclusiveSequence> exclusive_sequence_at(const MemoryReader& memory, Address pc) {
  const auto first = memory.read_object<uint32_t>(pc);
  if (!first || !aarch64::is_load_exclusive(*first)) return std::nullopt;
  ExclusiveSequence found;
  std::vector<Address> targets;
  for (uint64_t i = 1; i < kMostInstructions; ++i) {
    const Address at = pc + i * kInstructionSize;
    const auto word = memory.read_object<uint32_t>(at);
    if (!word) return std::nullopt;
    if (const auto offset = aarch64::branch_offset(*word)) {
      targets.push_back({at.value + static_cast<uint64_t>(*offset)});
    }
    if (!aarch64::is_store_exclusive(*word)) continue;
    found.code = {pc, (i + 1) * kInstructionSize};
    found.ends.push_back(found.code.end());
    for (const Address target : targets) {
      if (!found.code.contains(target)) found.ends.push_back(target);
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace rr::replay
