#include "record/clock_buffer.h"

#include "arch/aarch64/clock_stub.h"
#include "tracee/low_page.h"
#include "util/bytes.h"

namespace rr::record {
namespace {

using aarch64::ClockSlot;

// A process that asks less often gains nothing.
constexpr int kCallsBefore = 8;
constexpr uint32_t kFirstSlot = sizeof(ClockSlot);

bool stands_behind_filling_call(const Registers& registers) {
  return Arch::pc(registers) == tracee::kClockCode + aarch64::kClockReturn;
}

}  // namespace

void ClockBuffer::note_call(tracee::AddressSpace& space, TraceSink& sink) {
  if (is_on_ ? taken_ != 0 : ++calls_ < kCallsBefore) return;
  if (space.write(tracee::kClockBuffer, bytes_of(kFirstSlot)) != sizeof kFirstSlot) return;
  sink.add_memory(bytes_of(kFirstSlot), tracee::kClockBuffer);
  is_on_ = true;
  taken_ = kFirstSlot;
}

uint32_t ClockBuffer::take_down(const tracee::AddressSpace& space, const Registers& now,
                                TraceSink& sink) {
  const auto next = space.read_object<uint32_t>(tracee::kClockBuffer);
  if (taken_ == 0 || !next || *next >= aarch64::kClockBufferSize) return 0;
  const uint32_t end = *next == 0 ? aarch64::kClockBufferSize : *next;
  uint32_t count = 0;
  if (end > taken_) {
    count = (end - taken_) / sizeof(ClockSlot);
    sink.add_memory(space, tracee::kClockBuffer + taken_, end - taken_);
  }
  taken_ = *next;
  // A thread that dies in between has filled one that it has not taken.
  if (!holds_clock_slot(now) || *next == 0) return count;
  auto slot = space.read_object<ClockSlot>(tracee::kClockBuffer + *next);
  if (!slot) return count;
  if (stands_behind_filling_call(now)) slot->result = static_cast<int64_t>(now.x[0]);
  sink.add_memory(bytes_of(*slot), tracee::kClockBuffer + *next);
  return count + 1;
}

bool holds_clock_slot(const Registers& registers) {
  const Address pc = Arch::pc(registers);
  return pc >= tracee::kClockCode && aarch64::holds_clock_slot(pc - tracee::kClockCode);
}

}  // namespace rr::record
