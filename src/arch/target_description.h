// The target description of the CPU that arch.h picks: what gdb/ includes, so that it names none.
#pragma once

#include "arch/aarch64/target_description.h"
#include "arch/arch.h"

namespace rr {

using TargetDescription = aarch64::TargetDescription;
using TargetRegister = aarch64::TargetRegister;

}  // namespace rr
