// What a recording does with a program that has just been executed, before its first instruction:
// maps the recorder's pages, replaces what would make two runs differ, and takes down the whole
// address space.
#pragma once

#include "record/machine_reads.h"
#include "record/trace_sink.h"
#include "trace/frame.h"
#include "tracee/low_page.h"
#include "tracee/thread.h"

namespace rr::record {

// The thread is at execve's exit stop, with its new AddressSpace set. Returns the ExecEvent and the
// first registers in `after`; memory goes to the sink. `before` and ticks are the caller's.
trace::Frame capture_new_program(tracee::Thread& thread, tracee::ScratchAreas scratch,
                                 TraceSink& sink, MachineReads& reads);

// RLIMIT_STACK of the thread's process, in bytes; 0 when it cannot be had.
uint64_t stack_limit(Tid tid);

}  // namespace rr::record
