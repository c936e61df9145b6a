// Threads as packets name them: `p<pid>.<tid>` with the multiprocess extension, `<tid>` without.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "machine/machine.h"

namespace rr::gdb {

enum class IdSyntax { kThread, kProcessAndThread };

// Which tasks a packet means. 0 ("any") counts as no choice, as -1 ("all") does: both leave the
// number out.
struct TaskPattern {
  std::optional<Pid> pid;
  std::optional<Tid> tid;

  bool matches(machine::TaskId id) const {
    return (!pid || *pid == id.pid) && (!tid || *tid == id.tid);
  }
  bool operator==(const TaskPattern&) const = default;
};

std::optional<TaskPattern> parse_task_pattern(std::string_view text);
std::string format_task(machine::TaskId id, IdSyntax syntax);

}  // namespace rr::gdb
