#include "arch/aarch64/auxiliary_vector.h"

#include <initializer_list>

namespace rr::aarch64 {
namespace {

constexpr uint64_t bits(std::initializer_list<int> list) {
  uint64_t mask = 0;
  for (const int bit : list) mask |= uint64_t{1} << bit;
  return mask;
}

// arch/arm64/include/uapi/asm/hwcap.h of 7.2. Left out of AT_HWCAP: CPUID (11; the kernel emulates
// ID register reads and nothing can intercept them), SVE (22), and 32 up, which are newer than this
// list.
constexpr uint64_t kShownHwcap = bits(
    {0 /*FP*/,      1 /*ASIMD*/,    2 /*EVTSTRM*/, 3 /*AES*/,       4 /*PMULL*/,    5 /*SHA1*/,
     6 /*SHA2*/,    7 /*CRC32*/,    8 /*ATOMICS*/, 9 /*FPHP*/,      10 /*ASIMDHP*/, 12 /*ASIMDRDM*/,
     13 /*JSCVT*/,  14 /*FCMA*/,    15 /*LRCPC*/,  16 /*DCPOP*/,    17 /*SHA3*/,    18 /*SM3*/,
     19 /*SM4*/,    20 /*ASIMDDP*/, 21 /*SHA512*/, 23 /*ASIMDFHM*/, 24 /*DIT*/,     25 /*USCAT*/,
     26 /*ILRCPC*/, 27 /*FLAGM*/,   28 /*SSBS*/,   29 /*SB*/,       30 /*PACA*/,    31 /*PACG*/});

// Left out of AT_HWCAP2: SVE2 and all that extends SVE, SME; RNG (16: random), MTE (18, 22: random
// tags), MOPS (43: registers between its three instructions are the implementation's choice), FPMR
// (48), and what is newer.
constexpr uint64_t kShownHwcap2 =
    bits({0 /*DCPODP*/, 7 /*FLAGM2*/, 8 /*FRINT*/, 13 /*I8MM*/, 14 /*BF16*/, 15 /*DGH*/, 17 /*BTI*/,
          19 /*ECV*/, 20 /*AFP*/, 21 /*RPRES*/, 31 /*WFXT*/, 32 /*EBF16*/, 34 /*CSSC*/,
          35 /*RPRFM*/, 44 /*HBC*/, 46 /*LRCPC3*/, 47 /*LSE128*/});

}  // namespace

std::optional<Address> find_auxiliary_vector(const MemoryReader& memory, Address sp) {
  const auto argument_count = memory.read_object<uint64_t>(sp);
  if (!argument_count) return std::nullopt;
  Address at = sp + 8 * (*argument_count + 2);
  for (;; at = at + 8) {
    const auto pointer = memory.read_object<uint64_t>(at);
    if (!pointer) return std::nullopt;
    if (*pointer == 0) return at + 8;
  }
}

uint64_t shown_auxiliary_value(uint64_t type, uint64_t value) {
  switch (type) {
    case kAuxHwcap:
      return value & kShownHwcap;
    case kAuxHwcap2:
      return value & kShownHwcap2;
    case kAuxHwcap3:
    case kAuxHwcap4:
      return 0;
    default:
      return value;
  }
}

}  // namespace rr::aarch64
