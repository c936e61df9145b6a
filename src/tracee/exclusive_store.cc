#include "tracee/exclusive_store.h"

#include <array>
#include <optional>

#include "arch/aarch64/memory_access.h"

namespace rr::tracee {

bool settle_exclusive_store(const kernel::Stopped& stopped, AddressSpace& space) {
  const Registers registers = stopped.registers();
  const auto around = aarch64::exclusive_sequence_around(Arch::pc(registers), space);
  if (!around) return false;
  const auto store = space.read_object<uint32_t>(around->store);
  constexpr uint64_t kNoBlock = 0;  // a store-exclusive clears none
  const auto access = store ? aarch64::memory_access(*store, registers, kNoBlock) : std::nullopt;
  std::array<std::byte, 1> there{};
  if (access && space.read(access->range.start, there) == there.size()) {
    space.write(access->range.start, there);
  }
  return true;
}

bool rewind_exclusive_sequence(Thread& thread) {
  const Address pc = Arch::pc(thread.stopped().registers());
  const auto around = aarch64::exclusive_sequence_around(pc, thread.space());
  if (around) rewind_exclusive_sequence(thread, *around);
  return around.has_value();
}

void rewind_exclusive_sequence(Thread& thread, const aarch64::ExclusiveSequence& around) {
  Registers registers = thread.stopped().registers();
  const Address pc = Arch::pc(registers);
  Arch::set_pc(registers, around.load);
  thread.stopped().set_registers(registers);
  thread.clock().exclude_instructions((pc - around.load) / Arch::kSyscallInstructionSize);
}

}  // namespace rr::tracee
