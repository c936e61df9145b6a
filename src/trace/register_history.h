// Packs the two general register states of a frame into a few bytes, by naming only what differs
// from a state seen before in the same block. Writer and reader keep the same history, frame by
// frame, and forget it at every block. docs/TRACE_FORMAT.md, "Registers", has the rules.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

#include "arch/arch.h"
#include "trace/damage.h"
#include "trace/varint.h"
#include "util/types.h"

namespace rr::trace {

// struct Registers as the words it is made of; every port's general set is nothing but such words.
inline constexpr size_t kRegisterWords = sizeof(Registers) / sizeof(uint64_t);
using RegisterWords = std::array<uint64_t, kRegisterWords>;
static_assert(sizeof(RegisterWords) == sizeof(Registers) && kRegisterWords <= 64);

// Two states, each a mask and at most ten bytes for a word, and the reference.
inline constexpr size_t kMaxPackedRegisters = 2 * 10 * (1 + kRegisterWords) + 10;

class RegisterHistory final {
 public:
  void forget();

  // There is room for kMaxPackedRegisters at `out`; returns the end.
  std::byte* pack(Tid tid, const Registers& before, const Registers& after, std::byte* out);
  // Takes the states off the front of `in`.
  void unpack(Tid tid, VarintReader& in, Registers& before, Registers& after, const Place& place);

 private:
  static constexpr size_t kThreads = 32;
  static constexpr size_t kSites = 128;
  // The slot that is always there and holds zeros.
  static constexpr size_t kZeros = 0;

  static size_t thread_slot(Tid tid);
  static size_t site_slot(Address pc);
  void remember(size_t thread, size_t site, const RegisterWords& before,
                const RegisterWords& after);

  std::array<RegisterWords, 1 + kThreads + kSites> states_{};
  std::bitset<1 + kThreads + kSites> known_{1};
};

}  // namespace rr::trace
