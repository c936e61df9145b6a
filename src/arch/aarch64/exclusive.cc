#include "arch/aarch64/exclusive.h"

#include <algorithm>
#include <array>
#include <span>

namespace rr::aarch64 {
namespace {

constexpr uint64_t kLongest = kLongestExclusiveSequence;
constexpr uint64_t kInstruction = 4;

// A field of `bits` bits at `shift`, as a signed number of instructions, in bytes.
uint64_t distance(uint32_t instruction, unsigned shift, unsigned bits) {
  const uint64_t field = (instruction >> shift) & ((uint64_t{1} << bits) - 1);
  const uint64_t sign = uint64_t{1} << (bits - 1);
  return ((field ^ sign) - sign) * kInstruction;
}

bool is_unconditional(uint32_t instruction) { return (instruction & 0xfc000000) == 0x14000000; }
// BR, BLR, RET, ERET, and the exceptions: where they lead nobody knows.
bool leaves(uint32_t instruction) {
  return (instruction & 0xfe000000) == 0xd6000000 || (instruction & 0xff000000) == 0xd4000000;
}

std::optional<ExclusiveSequence> having_inside(Address pc, Address load, const MemoryReader& code) {
  auto found = exclusive_sequence_at(load, code);
  if (found && !found->has_inside(pc)) return std::nullopt;
  return found;
}

// Near the beginning of what is mapped.
std::optional<ExclusiveSequence> around_one_by_one(Address pc, const MemoryReader& code) {
  for (uint64_t back = kInstruction; back < kLongest && back <= pc.value; back += kInstruction) {
    const auto instruction = code.read_object<uint32_t>(pc - back);
    if (!instruction || is_store_exclusive(*instruction)) return std::nullopt;
    if (is_load_exclusive(*instruction)) return having_inside(pc, pc - back, code);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Address> branch_target(Address at, uint32_t instruction) {
  if ((instruction & 0x7c000000) == 0x14000000) return at + distance(instruction, 0, 26);
  if ((instruction & 0xff000000) == 0x54000000) return at + distance(instruction, 5, 19);
  if ((instruction & 0x7e000000) == 0x34000000) return at + distance(instruction, 5, 19);
  if ((instruction & 0x7e000000) == 0x36000000) return at + distance(instruction, 5, 14);
  return std::nullopt;
}

std::optional<ExclusiveSequence> exclusive_sequence_at(Address load, const MemoryReader& code) {
  const auto first = code.read_object<uint32_t>(load);
  if (!first || !is_load_exclusive(*first)) return std::nullopt;
  ExclusiveSequence found{.load = load, .store = {}, .exits = {}};
  for (uint64_t offset = kInstruction; offset < kLongest; offset += kInstruction) {
    const Address at = load + offset;
    const auto instruction = code.read_object<uint32_t>(at);
    if (!instruction || is_load_exclusive(*instruction) || leaves(*instruction))
      return std::nullopt;
    if (is_store_exclusive(*instruction)) {
      found.store = at;
      found.exits.push_back(at + kInstruction);
      std::erase_if(found.exits, [&](Address exit) { return found.has_inside(exit); });
      return found;
    }
    if (is_unconditional(*instruction)) return std::nullopt;
    if (const auto target = branch_target(at, *instruction)) found.exits.push_back(*target);
  }
  return std::nullopt;
}

std::optional<ExclusiveSequence> exclusive_sequence_around(Address pc, const MemoryReader& code) {
  std::array<uint32_t, kLongest / kInstruction> before{};
  const uint64_t size = std::min<uint64_t>(sizeof before, pc.value);
  const Address from = pc - size;
  const size_t read = code.read(from, std::as_writable_bytes(std::span(before)).first(size));
  if (read < size) return around_one_by_one(pc, code);
  for (size_t i = size / kInstruction; i-- > 0;) {
    if (is_store_exclusive(before[i])) return std::nullopt;
    if (is_load_exclusive(before[i])) return having_inside(pc, from + i * kInstruction, code);
  }
  return std::nullopt;
}

}  // namespace rr::aarch64
