// The tree's only CPU conditional: picks the architecture that this build records and replays. The
// code behind it is portable, so that an x86-64 host can unit-test it and read traces.
#pragma once

#include "arch/aarch64/arch.h"
#include "arch/architecture.h"

namespace rr {

#if defined(__aarch64__) || defined(__x86_64__)
using Arch = aarch64::Arch;
#else
#error "no architecture for this CPU: see docs/PORT_TO_A_CPU.md"
#endif

static_assert(Architecture<Arch>);

using Registers = Arch::Registers;
using SyscallArguments = Arch::SyscallArguments;

}  // namespace rr
