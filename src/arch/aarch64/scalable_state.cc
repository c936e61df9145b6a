#include "arch/aarch64/scalable_state.h"

#include <algorithm>
#include <cstring>

namespace rr::aarch64 {
namespace {

// Bits of ScalableHeader::flags (SVE_PT_REGS_MASK and _SVE).
constexpr uint16_t kWhole = 1;
constexpr size_t kContents = sizeof(ScalableHeader);
constexpr size_t kShortSize = kContents + sizeof(FloatRegisters);
constexpr size_t kVectorSize = 16;  // of V0 to V31

bool has_contents(std::span<const std::byte> set) { return set.size() >= kShortSize; }

FloatRegisters float_registers(std::span<const std::byte> set) {
  FloatRegisters registers;
  if (!is_whole(set)) {
    std::memcpy(&registers, set.data() + kContents, sizeof registers);
    return registers;
  }
  const ScalableLayout layout{scalable_header(set)->length};
  for (uint32_t i = 0; i < registers.v.size(); ++i) {
    std::memcpy(&registers.v[i], set.data() + layout.vector(i), kVectorSize);
  }
  std::memcpy(&registers.fpsr, set.data() + layout.status(), sizeof registers.fpsr);
  std::memcpy(&registers.fpcr, set.data() + layout.control(), sizeof registers.fpcr);
  return registers;
}

// Of the whole form, with the 128-bit registers and the control registers taken out.
Bytes beyond_float(std::span<const std::byte> set) {
  const ScalableLayout layout{scalable_header(set)->length};
  Bytes rest(set.begin(), set.end());
  std::ranges::fill(std::span(rest).first(kContents), std::byte{});
  for (uint32_t i = 0; i < kScalableRegisterCount; ++i) {
    std::ranges::fill(std::span(rest).subspan(layout.vector(i), kVectorSize), std::byte{});
  }
  rest.resize(layout.first_fault() + layout.predicate_size());
  return rest;
}

}  // namespace

std::optional<ScalableHeader> scalable_header(std::span<const std::byte> set) {
  ScalableHeader header;
  if (set.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, set.data(), sizeof header);
  if (header.length == 0 || header.length % kVectorSize != 0) return std::nullopt;
  return header;
}

void trim_scalable_set(Bytes& set) {
  if (const auto header = scalable_header(set)) {
    set.resize(std::min<size_t>(set.size(), header->size));
  }
}

bool says_whole(std::span<const std::byte> head) {
  const auto header = scalable_header(head);
  return header && (header->flags & kWhole) != 0;
}

bool is_whole(std::span<const std::byte> set) {
  return says_whole(set) &&
         set.size() >= ScalableLayout{scalable_header(set)->length}.control() + 4;
}

Bytes whole_set(std::span<const std::byte> set) {
  auto header = scalable_header(set);
  if (!header || is_whole(set) || !has_contents(set)) return {set.begin(), set.end()};
  const ScalableLayout layout{header->length};
  const FloatRegisters registers = float_registers(set);
  header->size = layout.size();
  header->flags |= kWhole;
  Bytes whole(layout.size());
  std::memcpy(whole.data(), &*header, sizeof *header);
  for (uint32_t i = 0; i < registers.v.size(); ++i) {
    std::memcpy(whole.data() + layout.vector(i), &registers.v[i], kVectorSize);
  }
  std::memcpy(whole.data() + layout.status(), &registers.fpsr, sizeof registers.fpsr);
  std::memcpy(whole.data() + layout.control(), &registers.fpcr, sizeof registers.fpcr);
  return whole;
}

Bytes set_after_call(std::span<const std::byte> set) {
  if (!is_whole(set)) return {set.begin(), set.end()};
  ScalableHeader header = *scalable_header(set);
  const FloatRegisters registers = float_registers(set);
  header.size = kShortSize;
  header.flags &= static_cast<uint16_t>(~kWhole);
  Bytes left(kShortSize);
  std::memcpy(left.data(), &header, sizeof header);
  std::memcpy(left.data() + kContents, &registers, sizeof registers);
  return left;
}

Bytes comparable_vectors(const FloatRegisters& registers) {
  FloatRegisters told = registers;
  told.reserved = {};
  return to_bytes(told);
}

Bytes comparable_vectors(std::span<const std::byte> scalable_set) {
  if (!scalable_header(scalable_set) || !has_contents(scalable_set)) return {};
  Bytes all = comparable_vectors(float_registers(scalable_set));
  if (!is_whole(scalable_set)) return all;
  const Bytes rest = beyond_float(scalable_set);
  const bool is_zero = std::ranges::all_of(rest, [](std::byte b) { return b == std::byte{}; });
  if (!is_zero) all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

}  // namespace rr::aarch64
