// Memory that is zero need not be stored. Finds the whole pages of zeros in a memory write, counted
// from its beginning, and takes them out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rr::trace {

// The grain in which zeros are looked for, in bytes, whatever the machine's page size.
inline constexpr size_t kZeroGrain = 4096;

// Lengths by turns of bytes to store and of zeros, beginning with bytes to store; empty if there
// are no zeros to leave out.
std::vector<uint32_t> zero_runs(std::span<const std::byte> bytes);

// Moves the bytes to store together and returns how many they are.
size_t squeeze(std::span<std::byte> bytes, std::span<const uint32_t> runs);

}  // namespace rr::trace
