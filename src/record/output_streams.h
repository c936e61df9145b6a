// Which of a process's descriptors are the recorder's own standard output and error, followed
// through dup and close, so that a replay can print again what was printed then. Descriptors are
// followed, not files: what is opened anew is not echoed.
#pragma once

#include <cstdint>
#include <map>

#include "arch/arch.h"
#include "trace/frame.h"

namespace rr::record {

class OutputStreams {
 public:
  // As a program finds them: 1 and 2.
  OutputStreams() : streams_{{1, trace::Echo::kStdout}, {2, trace::Echo::kStderr}} {}

  trace::Echo of(int32_t fd) const;
  // Where a call's output goes: kNone for a call that is not a plain write.
  trace::Echo written_by(const SyscallArguments& call) const;
  // Follows a call that has succeeded.
  void after_call(const SyscallArguments& call, int64_t result);
  // Descriptors with FD_CLOEXEC are gone after exec: `is_open` tells of one.
  template <typename IsOpen>
  void after_exec(IsOpen is_open) {
    std::erase_if(streams_, [&](const auto& entry) { return !is_open(entry.first); });
  }

 private:
  void copy(int32_t from, int32_t to);

  std::map<int32_t, trace::Echo> streams_;
};

}  // namespace rr::record
