// What the program wrote to its terminal, printed again.
#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "replay/replayer.h"
#include "syscalls/written_parts.h"
#include "tracee/low_page.h"

namespace rr::replay {

// The parts of what a call has written out, in the program's memory, in their order.
std::vector<AddressRange> Replayer::written_parts(const Task& task) const {
  const SyscallArguments call = Arch::syscall_arguments(frame_->before);
  const auto result = static_cast<uint64_t>(Arch::syscall_result(frame_->after));
  const tracee::AddressSpace& space = task.thread.space();
  switch (call.number) {
    case aarch64::kSysWritev:
    case aarch64::kSysPwritev:
    case aarch64::kSysPwritev2:
    case aarch64::kSysVmsplice:
      return syscalls::parts_of_vector(space, {call.args[1]}, call.args[2], result);
    case aarch64::kSysSendmsg:
      return syscalls::parts_of_message(space, {call.args[1]}, result);
    case aarch64::kSysSendmmsg:
      return syscalls::parts_of_messages(space, {call.args[1]}, result);
    case aarch64::kSysSendfile:
    case aarch64::kSysSplice:
    case aarch64::kSysTee:
    case aarch64::kSysCopyFileRange:
      // Bytes that the program never saw are kept in memory that it does not know.
      for (const trace::MemoryWrite& write : frame_->writes) {
        if (tracee::low_pages().contains(write.address)) {
          return {{write.address, std::min<uint64_t>(write.bytes.size(), result)}};
        }
      }
      return {};
    default:
      return {{{call.args[1]}, result}};
  }
}

void Replayer::echo(const Task& task, trace::Echo stream) const {
  const bool is_hidden = !options_.echo || output_ == machine::Output::kHidden;
  if (is_hidden || stream == trace::Echo::kNone) return;
  const int to = stream == trace::Echo::kStdout ? STDOUT_FILENO : STDERR_FILENO;
  if (Arch::syscall_result(frame_->after) <= 0) return;
  if (options_.before_output) options_.before_output(stream, task.thread.id(), {done_.value + 1});
  for (const AddressRange& part : written_parts(task)) echo_bytes(task, part, to);
}

void Replayer::echo_bytes(const Task& task, AddressRange range, int to) const {
  std::array<std::byte, 65536> buffer;
  while (range.size != 0) {
    const size_t want = std::min<uint64_t>(range.size, buffer.size());
    const size_t n = task.thread.space().read(range.start, std::span(buffer).first(want));
    if (n == 0) return;
    for (size_t done = 0; done < n;) {
      const ssize_t written = ::write(to, buffer.data() + done, n - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return;  // nobody listens: the replay goes on
      done += static_cast<size_t>(written);
    }
    range = {range.start + n, range.size - n};
  }
}

}  // namespace rr::replay
