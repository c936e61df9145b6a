#include "record/untraced_child.h"

#include <sched.h>

#include "arch/aarch64/syscall_numbers.h"
#include "util/bytes.h"

namespace rr::record {

std::optional<ChangedFlags> hide_untraced(tracee::Thread& thread, const SyscallArguments& call) {
  constexpr uint64_t kUntraced = CLONE_UNTRACED;
  if (call.number == aarch64::kSysClone && (call.args[0] & kUntraced) != 0) {
    Registers registers = thread.stopped().registers();
    registers.x[0] &= ~kUntraced;
    thread.stopped().set_registers(registers);
  }
  if (call.number != aarch64::kSysClone3) return std::nullopt;
  const auto flags = thread.space().read_object<uint64_t>({call.args[0]});
  if (!flags || (*flags & kUntraced) == 0) return std::nullopt;
  const uint64_t shown = *flags & ~kUntraced;
  if (thread.space().write({call.args[0]}, bytes_of(shown)) != sizeof shown) return std::nullopt;
  return ChangedFlags{.address = {call.args[0]}, .original = *flags};
}

void give_back(tracee::Thread& thread, const ChangedFlags& changed) {
  thread.space().write(changed.address, bytes_of(changed.original));
}

}  // namespace rr::record
