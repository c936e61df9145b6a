#include "replay/page_ownership.h"

#include <sys/mman.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "tracee/low_page.h"
#include "tracee/remote_call.h"

namespace rr::replay {

void take_pages(Task& task) {
  constexpr uint64_t kPopulateWrite = 23;  // MADV_POPULATE_WRITE
  tracee::RemoteCall remote(task.thread, tracee::RemoteCall::Via::kBreakpoint);
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    const bool may_be_written = (entry.protection & PROT_WRITE) != 0 && !entry.shared;
    if (!may_be_written || tracee::low_pages().contains(entry.range.start)) continue;
    for (const AddressRange& pages : kernel::private_pages(task.thread.real(), entry.range)) {
      remote.call(aarch64::kSysMadvise, pages.start.value, pages.size, kPopulateWrite);
    }
  }
}

}  // namespace rr::replay
