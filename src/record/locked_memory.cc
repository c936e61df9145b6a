#include "record/locked_memory.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "tracee/low_page.h"

namespace rr::record {
namespace {

bool may_lock_anything(Tid tid) {
  constexpr uint64_t kIpcLock = uint64_t{1} << 14;  // CAP_IPC_LOCK
  constexpr std::string_view kName = "\nCapEff:";
  const std::string status = kernel::read_proc_file(tid, "status");
  const size_t at = status.find(kName);
  if (at == std::string::npos) return false;
  return (std::strtoull(status.c_str() + at + kName.size(), nullptr, 16) & kIpcLock) != 0;
}

}  // namespace

std::optional<int64_t> answer_lock_all(Tid tid, const SyscallArguments& call) {
  if (call.number != aarch64::kSysMlockall) return std::nullopt;
  constexpr uint64_t kKnown = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
  const auto flags = static_cast<uint32_t>(call.args[0]);
  if ((flags & MCL_CURRENT) == 0 || (flags & ~kKnown) != 0) return std::nullopt;
  rlimit limit{};
  if (::prlimit(tid.value, RLIMIT_MEMLOCK, nullptr, &limit) != 0) return std::nullopt;
  const std::string pages = kernel::read_proc_file(tid, "statm");
  const uint64_t all = std::strtoull(pages.c_str(), nullptr, 10) * kernel::page_size();
  const bool is_allowed_by_itself = all <= limit.rlim_cur + tracee::low_pages().size;
  if (all <= limit.rlim_cur || !is_allowed_by_itself || may_lock_anything(tid)) {
    return std::nullopt;
  }
  return 0;
}

}  // namespace rr::record
