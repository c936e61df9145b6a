// A thread that was stopped between a load-exclusive and its store-exclusive: the store fails now,
// and the sequence begins again. Recorder and replayer see to it that this has the same course in
// both.
#pragma once

#include "arch/aarch64/exclusive.h"
#include "kernel/ptrace.h"
#include "tracee/address_space.h"
#include "tracee/thread.h"

namespace rr::tracee {

// Whether the thread is inside a sequence. If so, the page that its store writes to becomes the
// process's own, as by a write: the fault for that would make the store fail once more, and may be
// what the thread was stopped in already.
bool settle_exclusive_store(const kernel::Stopped& stopped, AddressSpace& space);

// Of a stop that the recording does not have: the sequence is begun again here and now, and what
// ran of it does not count. False where the thread is in none.
bool rewind_exclusive_sequence(Thread& thread);
void rewind_exclusive_sequence(Thread& thread, const aarch64::ExclusiveSequence& around);

}  // namespace rr::tracee
