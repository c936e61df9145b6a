#include "syscalls/clone_arguments.h"

#include <algorithm>

#include "arch/aarch64/syscall_numbers.h"
#include "syscalls/kernel_types.h"
#include "util/bytes.h"

namespace rr::syscalls {

std::optional<CloneArguments> clone_arguments(const SyscallArguments& call,
                                              const MemoryReader& reader) {
  constexpr uint64_t kSignalMask = 0xff;  // CSIGNAL
  if (call.number != aarch64::kSysClone3) {
    // arm64 has CONFIG_CLONE_BACKWARDS: flags, stack, parent_tid, tls, child_tid.
    return CloneArguments{.flags = call.args[0] & ~kSignalMask,
                          .exit_signal = call.args[0] & kSignalMask,
                          .stack = {call.args[1]},
                          .tls = call.args[3],
                          .child_tid = {call.args[4]}};
  }
  kernel::CloneArgs args{};
  const uint64_t size = std::min<uint64_t>(call.args[1], sizeof args);
  if (reader.read({call.args[0]}, writable_bytes_of(args).first(size)) != size) return std::nullopt;
  return CloneArguments{.flags = args.flags,
                        .exit_signal = args.exit_signal,
                        .stack = {args.stack == 0 ? 0 : args.stack + args.stack_size},
                        .tls = args.tls,
                        .child_tid = {args.child_tid}};
}

}  // namespace rr::syscalls
