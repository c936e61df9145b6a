// Makes threads and processes of the replay come and go as the recording has it: real clones, real
// execs, real ends, in the threads that did them then.
#pragma once

#include <memory>

#include "replay/address_space_builder.h"
#include "replay/task.h"
#include "trace/frame.h"
#include "tracee/tick_source.h"

namespace rr::replay {

// `parent` stands at its clone call. The child stands before its first instruction.
std::unique_ptr<Task> clone_task(Task& parent, const trace::Frame& frame,
                                 const trace::NewTask& made, const tracee::TickFacts& ticks);

// `task` stands at its execve. Really executes the stub, which leaves the old address space as exec
// does, and builds the recorded program in the new one.
void execute_program(Task& task, const trace::Frame& frame, MappedFiles& files);

// Ends one thread, or with it its whole process.
void end_task(Task& task, bool is_last_of_process);

}  // namespace rr::replay
