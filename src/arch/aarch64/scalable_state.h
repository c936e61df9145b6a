// The scalable vector registers (SVE) of a thread, as the kernel's register set NT_ARM_SVE has
// them: a header, then either the 128-bit registers alone, all else being zero, or all of Z, P and
// FFR (struct user_sve_header in arch/arm64/include/uapi/asm/ptrace.h). Which of the two forms the
// kernel shows depends on what the thread has done since its last system call; they mean the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "arch/aarch64/registers.h"
#include "util/bytes.h"

namespace rr::aarch64 {

struct ScalableHeader {
  uint32_t size = 0;      // bytes of the set
  uint32_t max_size = 0;  // were it as large as it can be
  uint16_t length = 0;    // bytes of a Z register
  uint16_t max_length = 0;
  uint16_t flags = 0;
  uint16_t reserved = 0;
};
static_assert(sizeof(ScalableHeader) == 16);

inline constexpr int kScalableRegisterCount = 32;  // Z0 to Z31
inline constexpr int kPredicateCount = 16;         // P0 to P15

// Where the registers lie in the set's whole form, in bytes.
struct ScalableLayout {
  uint32_t length;  // bytes of a Z register

  constexpr uint32_t predicate_size() const { return length / 8; }
  constexpr uint32_t vector(uint32_t index) const { return 16 + index * length; }
  constexpr uint32_t predicate(uint32_t index) const {
    return vector(kScalableRegisterCount) + index * predicate_size();
  }
  constexpr uint32_t first_fault() const { return predicate(kPredicateCount); }  // FFR
  constexpr uint32_t status() const {                                            // FPSR
    return (first_fault() + predicate_size() + 15) / 16 * 16;
  }
  constexpr uint32_t control() const { return status() + 4; }  // FPCR
  constexpr uint32_t size() const { return (control() + 4 + 15) / 16 * 16; }
};

// Nothing where the bytes are no such set.
std::optional<ScalableHeader> scalable_header(std::span<const std::byte> set);

// Leaves of the bytes only what the header says that there is.
void trim_scalable_set(Bytes& set);

// Whether the set, of which the header is enough, is in its whole form: more than the 128-bit
// registers may then be not zero.
bool says_whole(std::span<const std::byte> head);
// The same of a set that is there to its end.
bool is_whole(std::span<const std::byte> set);

// The same state in the whole form; a set without contents (of a thread in streaming mode) as it
// is.
Bytes whole_set(std::span<const std::byte> set);

// What a system call leaves of the state: the 128-bit registers, all else zero.
Bytes set_after_call(std::span<const std::byte> set);

// The state in the one form that comparisons want: the 128-bit registers, then what lies beyond
// them if that is not all zero, so that a CPU without SVE has the same for the same.
Bytes comparable_vectors(std::span<const std::byte> scalable_set);
Bytes comparable_vectors(const FloatRegisters& registers);

}  // namespace rr::aarch64
