// What a recorded program is told of its CPU. Features whose results differ from run to run or
// cannot be replayed are taken out of AT_HWCAP*; the masks are closed: what is not listed as
// replayable is not shown.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::aarch64 {

// Entry types of the auxiliary vector (include/uapi/linux/auxvec.h).
inline constexpr uint64_t kAuxNull = 0;
inline constexpr uint64_t kAuxHwcap = 16;
inline constexpr uint64_t kAuxHwcap2 = 26;
inline constexpr uint64_t kAuxHwcap3 = 29;
inline constexpr uint64_t kAuxHwcap4 = 30;
inline constexpr uint64_t kAuxSysinfoEhdr = 33;
inline constexpr uint64_t kAuxMinimalSignalStack = 51;

// AT_HWCAP's bit for the atomic instructions of ARMv8.1 (LSE).
inline constexpr uint64_t kHwcapAtomics = uint64_t{1} << 8;
// AT_HWCAP's bit for SSBS (arch/arm64/include/uapi/asm/hwcap.h).
inline constexpr uint64_t kHwcapSsbs = uint64_t{1} << 28;
// AT_HWCAP2's bit for SME.
inline constexpr uint64_t kHwcap2Streaming = uint64_t{1} << 23;
// AT_HWCAP's bit for SVE.
inline constexpr uint64_t kHwcapScalable = uint64_t{1} << 22;

// Where a new program finds the vector: behind its arguments and its environment on the first
// stack. Nothing when the stack does not look like that.
std::optional<Address> find_auxiliary_vector(const MemoryReader& memory, Address sp);

// The value to show for an entry.
uint64_t shown_auxiliary_value(uint64_t type, uint64_t value);
// A whole vector, as /proc/PID/auxv has it.
void mask_auxiliary_vector(std::span<std::byte> vector);
// The text of /proc/cpuinfo without the features that are not shown.
std::string shown_cpu_info(std::string_view text);

}  // namespace rr::aarch64
