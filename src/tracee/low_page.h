// The recorder's own pages in every recorded and replayed address space, at one address: an
// instruction pair `svc; brk` through which calls are injected, room for their arguments, and what
// reads the clock without a stop (arch/aarch64/clock_stub.h). Mapped at the first stop after exec.
#pragma once

#include "arch/aarch64/clock_stub.h"
#include "util/types.h"

namespace rr::tracee {

class Thread;

inline constexpr Address kLowPage{0x7fff0000};
// Where an injected call's `svc` is, and the return address by which the seccomp filter knows it.
inline constexpr Address kInjectedSyscall = kLowPage;
inline constexpr Address kInjectedReturn = kLowPage + 4;
// The return address by which a recorded program's own filter, as the recorder hands it to the
// kernel, knows a call that it wants its supervisor asked about. Nothing is there.
inline constexpr Address kNotifyingReturn = kLowPage + 64;

inline constexpr Address kClockCode = kLowPage + 0x400;

AddressRange clock_code();

// All of it: a page for code, one for arguments, the scratch memory, and the clock's buffer.
AddressRange low_pages();
// Room for the arguments of an injected call: one page.
AddressRange argument_page();

// Where the outputs of blocking calls go while others run, for all threads of a process. Touched
// only by calls that need it.
AddressRange scratch_memory();
// What a call has moved to the recorder's output without the program seeing it lies here for the
// call's frame: more than this it does not move at a time.
AddressRange streaming_area();

inline constexpr Address kClockBuffer{0x80810000};

enum class ScratchAreas { kMapped, kLeftOut };
// Left out where a process may have so little memory that the areas would be much of it: the kernel
// holds them against the program's limits.
ScratchAreas affordable_scratch(Tid real);

// Maps it. The thread is at its first stop after exec, where no signal is pending on it; its
// registers are kept.
void install_low_pages(Thread& thread, aarch64::ClockSource clock, ScratchAreas scratch);

}  // namespace rr::tracee
