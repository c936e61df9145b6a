#include "record/output_streams.h"

#include <fcntl.h>

#include "arch/aarch64/syscall_numbers.h"

namespace rr::record {

using trace::Echo;

Echo OutputStreams::of(int32_t fd) const {
  const auto it = streams_.find(fd);
  return it == streams_.end() ? Echo::kNone : it->second;
}

Echo OutputStreams::written_by(const SyscallArguments& call) const {
  switch (call.number) {
    case aarch64::kSysWrite:
    case aarch64::kSysWritev:
    case aarch64::kSysPwrite64:
      return of(static_cast<int32_t>(call.args[0]));
    default:
      return Echo::kNone;
  }
}

void OutputStreams::after_call(const SyscallArguments& call, int64_t result) {
  if (result < 0) return;
  const auto fd = static_cast<int32_t>(call.args[0]);
  switch (call.number) {
    case aarch64::kSysClose:
      streams_.erase(fd);
      return;
    case aarch64::kSysCloseRange:
      if ((call.args[2] & 4 /* CLOSE_RANGE_CLOEXEC */) != 0) return;
      std::erase_if(streams_, [&](const auto& entry) {
        const auto number = static_cast<uint32_t>(entry.first);
        return number >= static_cast<uint32_t>(call.args[0]) &&
               number <= static_cast<uint32_t>(call.args[1]);
      });
      return;
    case aarch64::kSysDup:
    case aarch64::kSysDup3:
      copy(fd, static_cast<int32_t>(result));
      return;
    case aarch64::kSysFcntl:
      if (call.args[1] == F_DUPFD || call.args[1] == F_DUPFD_CLOEXEC) {
        copy(fd, static_cast<int32_t>(result));
      }
      return;
    default:
      return;
  }
}

void OutputStreams::copy(int32_t from, int32_t to) {
  const Echo echo = of(from);
  if (echo == Echo::kNone) {
    streams_.erase(to);
  } else {
    streams_[to] = echo;
  }
}

}  // namespace rr::record
