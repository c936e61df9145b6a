// What bpf's sub-commands write whose size the kernel takes from an object behind a descriptor: a
// map's keys and values, and what is told about programs, types and links.
#pragma once

#include <vector>

#include "syscalls/outputs.h"

namespace rr::syscalls {

// `attributes` is the union bpf_attr of the call. Nothing for what cannot be read, or for a
// descriptor of another kind: then the call fails.
std::vector<Region> bpf_regions(const OutputSpec& spec, Address attributes,
                                const MemoryReader& reader, const BpfObjects& objects);

}  // namespace rr::syscalls
