#include "replay/recorded_registers.h"

#include <string>

#include "arch/aarch64/scalable_state.h"
#include "util/error.h"

namespace rr::replay {
namespace {

using namespace aarch64;

[[noreturn]] void fail_for_length(uint64_t bytes) {
  fail("the recorded program uses SVE with registers of " + std::to_string(bytes * 8) +
           " bits, which this CPU does not offer",
       ExitCode::kUnavailable);
}

void restore_scalable_set(kernel::Stopped& stopped, std::span<const std::byte> bytes) {
  const auto wanted = scalable_header(bytes);
  if (!wanted) fail("a recorded set of SVE registers is damaged", ExitCode::kBadData);
  const bool is_set = stopped.set_register_set(kNoteScalable, bytes);
  // A length that is not there becomes the next shorter one (vec_set_vector_length in
  // arch/arm64/kernel/fpsimd.c).
  const auto head = stopped.register_set(kNoteScalable, sizeof(ScalableHeader));
  const bool has_length = head && scalable_header(*head)->length == wanted->length;
  if (!is_set || !has_length) fail_for_length(wanted->length);
}

}  // namespace

void restore_register_set(kernel::Stopped& stopped, const trace::RegisterSet& set) {
  if (set.note == kNoteScalable) return restore_scalable_set(stopped, set.bytes);
  if (stopped.set_register_set(set.note, set.bytes)) return;
  // A kernel before 6.1 has no TPIDR2 behind TPIDR.
  if (set.note == kNoteTls && set.bytes.size() > 8 &&
      stopped.set_register_set(set.note, std::span(set.bytes).first(8))) {
    return;
  }
  fail("this CPU or kernel lacks register set " + std::to_string(set.note) +
           ", which the recorded program has",
       ExitCode::kUnavailable);
}

void verify_vector_length(int64_t recorded, int64_t now) {
  constexpr int64_t kLength = 0xffff;  // PR_SVE_VL_LEN_MASK
  if (recorded != now) fail_for_length(static_cast<uint64_t>(recorded & kLength));
}

}  // namespace rr::replay
