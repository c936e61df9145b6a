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

// All of it: a page for code, one for arguments, the scratch areas, and the clock's buffer.
AddressRange low_pages();
// Room for the arguments of an injected call: one page.
AddressRange argument_page();

// Where the outputs of a blocking call go while others run: one area for each thread of a process,
// as far as they reach. Touched only by threads that need it.
inline constexpr uint32_t kScratchAreas = 64;
inline constexpr uint64_t kScratchSize = 128 * 1024;
// The index of a thread whose process has none.
inline constexpr uint32_t kNoScratch = ~uint32_t{0};
AddressRange scratch_area(uint32_t index);

inline constexpr Address kClockBuffer{0x80810000};

enum class ScratchAreas { kMapped, kLeftOut };
// Left out where a process may have so little memory that the areas would be much of it: the kernel
// holds them against the program's limits.
ScratchAreas affordable_scratch(Tid real);

// Maps it. The thread is at its first stop after exec, where no signal is pending on it; its
// registers are kept.
void install_low_pages(Thread& thread, aarch64::ClockSource clock, ScratchAreas scratch);

}  // namespace rr::tracee
