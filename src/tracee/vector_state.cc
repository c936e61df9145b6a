#include "tracee/vector_state.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "arch/aarch64/scalable_state.h"
#include "util/check.h"

namespace rr::tracee {
namespace {

using namespace aarch64;

Bytes comparable_state(const kernel::Stopped& stopped) {
  if (const auto scalable = stopped.register_set(kNoteScalable)) {
    if (Bytes bytes = comparable_vectors(*scalable); !bytes.empty()) return bytes;
  }
  const auto set = stopped.register_set(kNoteFloat);
  CHECK(set) << "no FP/SIMD registers";
  const auto registers = object_from<FloatRegisters>(*set);
  CHECK(registers) << "FP/SIMD registers of " << set->size() << " bytes";
  return comparable_vectors(*registers);
}

}  // namespace

uint64_t vector_checksum(const kernel::Stopped& stopped) {
  const Bytes bytes = comparable_state(stopped);
  return XXH3_64bits(bytes.data(), bytes.size()) | 1;
}

std::optional<Bytes> whole_scalable_state(const kernel::Stopped& stopped) {
  const auto head = stopped.register_set(kNoteScalable, sizeof(ScalableHeader));
  if (!head || !says_whole(*head)) return std::nullopt;
  return stopped.register_set(kNoteScalable);
}

void drop_scalable_state(kernel::Stopped& stopped) {
  if (const auto whole = whole_scalable_state(stopped)) {
    stopped.set_register_set(kNoteScalable, set_after_call(*whole));
  }
}

}  // namespace rr::tracee
