// Makes an address space what the recording says it was: all of it at exec, piece by piece as the
// program maps and unmaps.
#pragma once

#include <string>

#include "replay/mapped_files.h"
#include "replay/task.h"
#include "syscalls/row.h"
#include "trace/frame.h"

namespace rr::replay {

// The thread has just executed the stub and stands at its exit stop, with its new AddressSpace set.
// Replaces everything by the recorded program: memory, register sets, registers, ticks.
void build_new_program(Task& task, const trace::Frame& frame, MappedFiles& files);

// A recorded call whose row says that replay executes it.
struct ExecutedCall {
  const trace::Frame& frame;  // `before` is its entry, `after` its exit
  const syscalls::Row& row;
  const std::optional<trace::Mapping>& mapping;  // what it mapped, or did before it failed
};

// Makes it come true, where it changes the address space.
void change_address_space(Task& task, const ExecutedCall& executed, MappedFiles& files);

}  // namespace rr::replay
