// The vDSO's functions read the counter register; replaced by plain system calls they become events
// like any other. A pure function from the vDSO's image to the bytes to change; the mapping itself
// stays, for its signal-return trampoline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rr::aarch64 {

struct VdsoPatch {
  uint64_t offset;  // bytes into the image
  std::vector<std::byte> bytes;
};

// Empty for an image that is not an ELF file with dynamic symbols.
std::vector<VdsoPatch> vdso_patches(std::span<const std::byte> image);

}  // namespace rr::aarch64
