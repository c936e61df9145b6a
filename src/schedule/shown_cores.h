// The processors that a program is told of: the one that all of it runs on, and the lowest others,
// as many as its user wishes. A mask has a bit for each, as sched_getaffinity() gives it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rr::schedule {

using CoreMask = std::vector<uint64_t>;

constexpr int kMostCores = 128;

// The mask, as many words longer as it takes, with the lowest others added that are missing to
// `count`.
CoreMask with_cores(CoreMask mask, int count);

// As /sys/devices/system/cpu/online has it: "0-3,7\n".
std::string core_list(const CoreMask& mask);

}  // namespace rr::schedule
