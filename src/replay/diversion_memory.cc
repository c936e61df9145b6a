#include "replay/diversion_memory.h"

#include <cerrno>
#include <sys/mman.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "tracee/low_page.h"
#include "tracee/remote_call.h"
#include "util/bytes.h"

namespace rr::replay {
namespace {

using kernel::page_up;
using tracee::RemoteCall;

// Where programs and libraries are not: between what is linked low and what is mapped high, on
// CPUs with 39 bits of address as well.
constexpr Address kRoom{0x2000000000};

bool touches_low_pages(AddressRange range) {
  const AddressRange ours = tracee::low_pages();
  return range.start < ours.end() && ours.start < range.end();
}

// The first gap of this size.
Address find_room(const Task& task, uint64_t size) {
  Address at = kRoom;
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    if (entry.range.end() <= at) continue;
    if (entry.range.start >= at + size) break;
    at = entry.range.end();
  }
  return at;
}

int64_t call(Task& task, const SyscallArguments& wanted) {
  RemoteCall remote(task.thread, RemoteCall::Via::kBreakpoint);
  const auto& a = wanted.args;
  return remote.call(wanted.number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

bool failed(int64_t result) { return result < 0 && result >= -4095; }

}  // namespace

// The kernel's own break is the stub's: the heap is a mapping like others.
int64_t divert_brk(Task& task, const SyscallArguments& wanted) {
  const Address now = task.process->program_break;
  const auto same = static_cast<int64_t>(now.value);
  const uint64_t to = wanted.args[0];
  const uint64_t from_page = page_up(now.value);
  const uint64_t to_page = page_up(to);
  if (to == 0 || to_page < to) return same;
  if (to_page > from_page) {
    const int64_t mapped =
        call(task, {aarch64::kSysMmap,
                    {from_page, to_page - from_page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, uint64_t(-1), 0}});
    if (failed(mapped)) return same;
  } else if (to_page < from_page) {
    const int64_t unmapped =
        call(task, {aarch64::kSysMunmap, {to_page, from_page - to_page, 0, 0, 0, 0}});
    if (failed(unmapped)) return same;
    task.thread.space().forget_planted({{to_page}, from_page - to_page});
  }
  task.process->program_break = {to};
  return static_cast<int64_t>(to);
}

int64_t divert_mmap(Task& task, const SyscallArguments& wanted) {
  SyscallArguments made = wanted;
  uint64_t& flags = made.args[3];
  const uint64_t size = page_up(made.args[1]);
  if (size == 0 || size < made.args[1]) return -EINVAL;
  const bool is_fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
  if (is_fixed) {
    const AddressRange range{{made.args[0]}, size};
    if (touches_low_pages(range)) return -ENOMEM;
    const int64_t result = call(task, made);
    if (!failed(result)) task.thread.space().forget_planted(range);
    return result;
  }
  flags |= MAP_FIXED_NOREPLACE;
  made.args[0] = round_down(made.args[0], kernel::page_size());
  if (made.args[0] != 0) {
    const int64_t result = call(task, made);
    if (!failed(result)) return result;
  }
  made.args[0] = find_room(task, size).value;
  return call(task, made);
}

int64_t divert_mremap(Task& task, const SyscallArguments& wanted) {
  const AddressRange from{{wanted.args[0]}, page_up(wanted.args[1])};
  const uint64_t size = page_up(wanted.args[2]);
  const bool is_fixed = (wanted.args[3] & MREMAP_FIXED) != 0;
  const bool may_move = (wanted.args[3] & MREMAP_MAYMOVE) != 0;
  if (touches_low_pages(from)) return -EINVAL;
  if (is_fixed && touches_low_pages({{wanted.args[4]}, size})) return -EINVAL;
  SyscallArguments made = wanted;
  if (!is_fixed) made.args[3] &= ~uint64_t{MREMAP_MAYMOVE};
  const bool keeps_original = (wanted.args[3] & MREMAP_DONTUNMAP) != 0;
  int64_t result = keeps_original && !is_fixed ? -ENOMEM : call(task, made);
  if (result == -ENOMEM && may_move && !is_fixed) {
    made.args[3] = wanted.args[3] | MREMAP_FIXED;
    made.args[4] = find_room(task, size).value;
    result = call(task, made);
  }
  if (!failed(result)) {
    const Address to{static_cast<uint64_t>(result)};
    if (to != from.start) task.thread.space().forget_planted({to, size});
    task.thread.space().move_planted({from.start, std::min(from.size, size)}, to);
  }
  return result;
}

int64_t divert_range_call(Task& task, const SyscallArguments& wanted) {
  const AddressRange range{{wanted.args[0]}, page_up(wanted.args[1])};
  if (touches_low_pages(range)) return -EINVAL;
  const int64_t result = call(task, wanted);
  if (failed(result)) return result;
  if (wanted.number == aarch64::kSysMunmap) task.thread.space().forget_planted(range);
  if (wanted.number == aarch64::kSysMadvise) task.thread.space().replant(range);
  return result;
}

}  // namespace rr::replay
