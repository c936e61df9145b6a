#include "record/hidden_features.h"

#include <cerrno>
#include <sys/mman.h>

#include "arch/aarch64/scalable_state.h"
#include "record/machine_reads.h"

namespace rr::record {
namespace {

constexpr uint64_t kTaggedAddressEnable = 1;  // PR_TAGGED_ADDR_ENABLE; all other bits are MTE's
constexpr uint64_t kProtMte = 0x20;

// Memory whose contents the kernel may drop whenever it likes; kernels before 6.11 know none.
constexpr uint64_t kMapType = 0xf;
constexpr uint64_t kMapDroppable = 8;

// Of advice to another process, which kernels from 6.13 on take as advice to oneself as well. All
// that changes contents, or what a fork makes of them, older kernels do not know.
bool is_harmless_from_outside(uint64_t advice) {
  constexpr uint64_t kCollapse = 25;
  return advice == MADV_WILLNEED || advice == MADV_COLD || advice == MADV_PAGEOUT ||
         advice == kCollapse;
}

// As a kernel that cannot cope with broken memory does.
bool breaks_pages(uint64_t advice) {
  constexpr uint64_t kSoftOffline = 101;
  return advice == MADV_HWPOISON || advice == kSoftOffline;
}

}  // namespace

std::optional<int64_t> answer_without_feature(const syscalls::Row& row,
                                              const SyscallArguments& call) {
  bool is_refused = false;
  switch (row.special) {
    case syscalls::Special::kTaggedAddresses:
      is_refused = (call.args[1] & ~kTaggedAddressEnable) != 0;
      break;
    case syscalls::Special::kMmap:
      is_refused = (call.args[3] & kMapType) == kMapDroppable;
      break;
    case syscalls::Special::kMprotect:
      is_refused = (call.args[2] & kProtMte) != 0;
      break;
    case syscalls::Special::kMadvise:
      is_refused = breaks_pages(static_cast<uint32_t>(call.args[2]));
      break;
    case syscalls::Special::kProcessMadvise:
      is_refused = !is_harmless_from_outside(static_cast<uint32_t>(call.args[3]));
      break;
    default:
      break;
  }
  return is_refused ? std::optional<int64_t>(-EINVAL) : std::nullopt;
}

// NT_ARM_SSVE is whole in streaming mode only, and NT_ARM_ZA has contents while ZA is on
// (Documentation/arch/arm64/sme.rst).
bool uses_streaming(const kernel::Stopped& stopped) {
  if (!cpu_has_streaming()) return false;
  using aarch64::ScalableHeader;
  const auto vectors = stopped.register_set(aarch64::kNoteStreaming, sizeof(ScalableHeader));
  if (vectors && aarch64::says_whole(*vectors)) return true;
  const auto array = stopped.register_set(aarch64::kNoteTileArray, sizeof(ScalableHeader));
  const auto header = array ? aarch64::scalable_header(*array) : std::nullopt;
  return header && header->size > sizeof(ScalableHeader);
}

}  // namespace rr::record
