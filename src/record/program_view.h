// What the kernel tells a program about its CPU by other ways than the stack, made to agree with
// it: the vector behind /proc/PID/auxv and the features in /proc/cpuinfo; and the processors that
// it is told of in a file, made to agree with what sched_getaffinity() shows.
#pragma once

#include <cstdint>

#include "tracee/thread.h"

namespace rr::record {

// The thread is at its first stop after exec, with its low pages. Children inherit what is done.
void mask_kernels_auxiliary_vector(tracee::Thread& thread);

// The thread is at the exit stop of a call that opened `fd`. If that is /proc/cpuinfo or
// /sys/devices/system/cpu/online, it becomes a descriptor of the text as the program is to see it,
// whatever it will do with it.
void mask_opened_file(tracee::Thread& thread, int32_t fd, int core_count);

}  // namespace rr::record
