// The vDSO's functions read the counter register; in their place come plain system calls, which are
// events like any other, and branches to code that reads the clock without a stop. A pure function
// from the vDSO's image to the bytes to change; the mapping itself stays, for its signal-return
// trampoline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "util/types.h"

namespace rr::aarch64 {

struct VdsoPatch {
  uint64_t offset;  // bytes into the image
  std::vector<std::byte> bytes;
};

// Empty for an image that is not an ELF file with dynamic symbols. `clock_code`: where
// clock_stub.h's code is, below 4 GiB.
std::vector<VdsoPatch> vdso_patches(std::span<const std::byte> image, Address clock_code);

}  // namespace rr::aarch64
