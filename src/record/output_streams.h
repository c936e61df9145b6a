// Which of a process's descriptors are the recorder's own standard output and error, so that a
// replay can print again what was printed then. The two that a program is started with are, and
// their copies; any other is if it shows the same terminal, pipe, socket or file. That is asked
// when something is first written to it, and followed through dup and close.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <sys/types.h>

#include "arch/arch.h"
#include "trace/frame.h"
#include "util/types.h"

namespace rr::record {

// What a descriptor shows, if it is of a kind of which there can be only one: nothing for
// /dev/null and the like.
struct ShownFile {
  dev_t device = 0;
  ino_t inode = 0;
  dev_t terminal = 0;  // not 0: a terminal, which is one whatever name it was opened by

  bool operator==(const ShownFile&) const = default;
};

// Of a process's descriptor; our own with `process` as our own. The link /dev/tty counts as the
// terminal that the process has.
std::optional<ShownFile> file_shown_by(Tid process, int32_t fd);

class OutputStreams {
 public:
  using Echo = trace::Echo;

  // As a program finds them: 1 and 2, which are the recorder's own.
  OutputStreams();

  Echo of(Tid process, int32_t fd);
  // Where a call's output goes: kNone for a call that is no kind of write.
  Echo written_by(Tid process, const SyscallArguments& call);
  // Follows a call that has succeeded.
  void after_call(const SyscallArguments& call, int64_t result);
  // Descriptors with FD_CLOEXEC are gone after exec: `is_open` tells of one.
  template <typename IsOpen>
  void after_exec(IsOpen is_open) {
    std::erase_if(streams_, [&](const auto& entry) { return !is_open(entry.first); });
  }

 private:
  Echo identify(Tid process, int32_t fd) const;
  void copy(int32_t from, int32_t to);

  std::optional<ShownFile> stdout_;
  std::optional<ShownFile> stderr_;
  std::map<int32_t, Echo> streams_;  // what is known of open descriptors
};

}  // namespace rr::record
