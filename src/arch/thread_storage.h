// Where the CPU that arch.h picks has its thread-local variables.
#pragma once

#include "arch/aarch64/thread_storage.h"
#include "arch/arch.h"

namespace rr {

using ThreadStorage = aarch64::ThreadStorage;

}  // namespace rr
