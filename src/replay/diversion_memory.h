// Memory calls of a diverted thread, made for real in its copy of the process. Where the program
// leaves the choice, addresses are chosen here: the same ones each time, unlike the kernel's.
#pragma once

#include <cstdint>

#include "arch/arch.h"
#include "replay/task.h"

namespace rr::replay {

// Each stands at its call and returns what the program gets: a value, or minus an errno.
int64_t divert_brk(Task& task, const SyscallArguments& call);
int64_t divert_mmap(Task& task, const SyscallArguments& call);  // anonymous memory
int64_t divert_mremap(Task& task, const SyscallArguments& call);
// munmap, mprotect, madvise and their like, whose first two arguments are a range.
int64_t divert_range_call(Task& task, const SyscallArguments& call);

}  // namespace rr::replay
