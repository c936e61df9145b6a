#include "arch/aarch64/exclusive_loops.h"

#include <algorithm>
#include <optional>

#include "arch/aarch64/exclusive.h"
#include "arch/aarch64/memory_access.h"

namespace rr::aarch64 {
namespace {

constexpr uint64_t kBytes = sizeof(uint32_t);
constexpr size_t kLongestLoop = kLongestExclusiveSequence / kBytes;
constexpr size_t kHelpersStart = 12;  // no load is further behind its helper's question

// What lies among code is often data, so that the fields which have but one value are looked at as
// well (Arm ARM, C6.2, "should be one"): Rt2 where there is no pair, and that a pair is of words.
constexpr bool has_such_operands(uint32_t instruction) {
  const bool is_pair = (instruction & 0x00200000) != 0;
  return is_pair ? (instruction & 0x80000000) != 0 : (instruction & 0x00007c00) == 0x00007c00;
}
constexpr bool is_load(uint32_t instruction) {
  const bool has_no_status = (instruction & 0x001f0000) == 0x001f0000;
  return is_load_exclusive(instruction) && has_no_status && has_such_operands(instruction);
}
constexpr bool is_store(uint32_t instruction) {
  return is_store_exclusive(instruction) && has_such_operands(instruction);
}

// Hardly any block has one, and that is told by vector instructions: the length is known, and
// nothing branches.
constexpr size_t kBlock = 64;
bool has_load(std::span<const uint32_t, kBlock> block) {
  uint32_t found = 0;
  for (const uint32_t instruction : block) found |= (instruction & 0x3fdf0000) == 0x085f0000;
  return found != 0;
}

constexpr uint32_t base_of(uint32_t instruction) { return (instruction >> 5) & 31; }

// Otherwise it is data.
bool has_store(std::span<const uint32_t> code, size_t load) {
  const auto behind = code.subspan(load + 1, std::min(kLongestLoop, code.size() - load - 1));
  return std::any_of(behind.begin(), behind.end(), [&](uint32_t instruction) {
    return is_store(instruction) && base_of(instruction) == base_of(code[load]);
  });
}

// ADRP X16, page; LDRB W16, [X16, #offset]; CBZ W16, loop. The byte's address.
std::optional<Address> question_before(std::span<const uint32_t> code, size_t load, Address at) {
  for (size_t i = load; i-- > 2 && i + kHelpersStart >= load;) {
    if ((code[i] & 0xff00001f) != 0x34000010) continue;
    const uint32_t read = code[i - 1];
    const uint32_t page = code[i - 2];
    const size_t target = i + ((code[i] >> 5) & 0x7ffff);
    const bool is_question = (read & 0xffc003ff) == 0x39400210 &&
                             (page & 0x9f00001f) == 0x90000010 && target <= load &&
                             load - target < kHelpersStart;
    if (!is_question) return std::nullopt;
    const uint64_t pages = ((page >> 29) & 3) | (((page >> 5) & 0x7ffff) << 2);
    const uint64_t distance = ((pages ^ 0x100000) - 0x100000) << 12;
    const uint64_t from = (at.value + (i - 2) * kBytes) & ~uint64_t{0xfff};
    return Address{from + distance + ((read >> 10) & 0xfff)};
  }
  return std::nullopt;
}

}  // namespace

ExclusiveLoops find_exclusive_loops(std::span<const uint32_t> code, Address at) {
  ExclusiveLoops found;
  for (size_t block = 0; block < code.size(); block += kBlock) {
    const size_t end = std::min(block + kBlock, code.size());
    if (end == block + kBlock && !has_load(code.subspan(block).first<kBlock>())) continue;
    for (size_t i = block; i < end; ++i) {
      if (!is_load(code[i]) || !has_store(code, i)) continue;
      if (const auto asked = question_before(code, i, at)) {
        found.switches.push_back(*asked);
      } else {
        found.has_own = true;
      }
    }
  }
  std::sort(found.switches.begin(), found.switches.end());
  found.switches.erase(std::unique(found.switches.begin(), found.switches.end()),
                       found.switches.end());
  return found;
}

}  // namespace rr::aarch64
