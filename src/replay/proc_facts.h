// What /proc tells of a thread and its process beside memory and registers, followed through the
// recording: the thread's name, the folder that the process works in. The kernel has it of the
// replay's own processes only.
#pragma once

#include <map>
#include <memory>

#include "replay/task.h"
#include "trace/frame.h"

namespace rr::replay {

// A new program stands at its first instruction, with its auxiliary vector known.
void follow_exec(Task& task);
// The results of the call, of which the frame tells, are in place.
void follow_call(Task& task, const trace::Frame& frame,
                 const std::map<Tid, std::unique_ptr<Task>>& tasks);

}  // namespace rr::replay
