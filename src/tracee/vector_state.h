// The vector registers of a stopped thread as both sides treat them. A system call leaves nothing
// of SVE's registers but their low 128 bits (docs/KERNEL_QUIRKS.md, scalable-state), a stop by
// other means keeps all.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/ptrace.h"
#include "util/bytes.h"

namespace rr::tracee {

// Of all that the thread has in them; the same on a CPU without SVE if only 128 bits are in use.
// Never 0.
uint64_t vector_checksum(const kernel::Stopped& stopped);

// The scalable registers, to be set again behind something that drops them. Nothing when there is
// nothing beyond the low 128 bits, or the CPU has no SVE.
std::optional<Bytes> whole_scalable_state(const kernel::Stopped& stopped);

// As a system call does.
void drop_scalable_state(kernel::Stopped& stopped);

}  // namespace rr::tracee
