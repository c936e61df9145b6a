#include "replay/address_space_builder.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "replay/proc_facts.h"
#include "replay/recorded_registers.h"
#include "replay/stack_limit.h"
#include "tracee/low_page.h"
#include "tracee/remote_call.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::replay {
namespace {

using namespace aarch64;
using kernel::page_up;
using tracee::RemoteCall;

void unmap_all_but_low_pages(Task& task, RemoteCall& remote) {
  const AddressRange ours = tracee::low_pages();
  AddressRange below{{0}, 0};
  AddressRange above{{0}, 0};
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    if (ours.contains(entry.range.start)) continue;
    AddressRange& part = entry.range.start < ours.start ? below : above;
    if (part.size == 0) part = entry.range;
    part.size = entry.range.end() - part.start;
  }
  for (const AddressRange& part : {below, above}) {
    if (part.size != 0)
      remote.must("unmap the old program", kSysMunmap, part.start.value, part.size);
  }
}

void map(const trace::Mapping& mapping, RemoteCall& remote, MappedFiles& files) {
  // What the recording got it gets again, at the same place; contents come from the trace.
  const bool is_shared = (mapping.flags & MAP_SHARED) != 0;  // or MAP_SHARED_VALIDATE
  const uint64_t kept = mapping.flags & (MAP_GROWSDOWN | MAP_STACK | MAP_NORESERVE | MAP_POPULATE);
  // Populating a private mapping makes its pages the process's own, and so does locking it.
  const uint64_t populate = (mapping.flags & MAP_LOCKED) != 0 ? MAP_POPULATE : 0;
  uint64_t flags = MAP_FIXED | kept | populate | (is_shared ? MAP_SHARED : MAP_PRIVATE);
  if (!mapping.file && !mapping.segment) {
    remote.must("map memory", kSysMmap, mapping.range.start.value, mapping.range.size,
                mapping.protection, flags | MAP_ANONYMOUS, -1, 0);
    return;
  }
  const MappedFiles::Source source = files.source_for(mapping);
  const bool is_fixed = source.kind == MappedFiles::Source::Kind::kFixed;
  // Breakpoints cannot be planted in shared memory that may not be written; where nobody ever
  // writes it, private memory is the same.
  if (is_fixed && (mapping.protection & PROT_EXEC) != 0) {
    flags = (flags & ~uint64_t{MAP_SHARED}) | MAP_PRIVATE;
  }
  const Address path = remote.push_string(source.path);
  const int64_t fd = remote.must("open a file of the trace", kSysOpenat, AT_FDCWD, path.value,
                                 (is_shared && !is_fixed ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  remote.must("map a file of the trace", kSysMmap, mapping.range.start.value, mapping.range.size,
              mapping.protection, flags, fd, mapping.file_offset);
  remote.must("close a file of the trace", kSysClose, fd);
}

// What a device showed, in the memory that stands for it. Shared memory can only be written where
// the mapping is writable (check_vma_flags() in mm/gup.c, 6.12).
void fill_from_device(Task& task, const trace::Mapping& mapping, const trace::Frame& frame,
                      RemoteCall& remote) {
  const bool is_device = !mapping.file && !mapping.segment && (mapping.flags & MAP_SHARED) != 0;
  if (!is_device || frame.writes.empty() || (mapping.protection & PROT_WRITE) != 0) return;
  const auto protect = [&](uint64_t protection) {
    remote.must("protect a device's memory", kSysMprotect, mapping.range.start.value,
                mapping.range.size, protection);
  };
  protect(mapping.protection | PROT_READ | PROT_WRITE);
  for (const trace::MemoryWrite& write : frame.writes) {
    task.thread.space().write_all(write.address, write.bytes);
  }
  protect(mapping.protection);
}

// Up to and with AT_NULL.
Bytes read_auxiliary_vector(const MemoryReader& memory, Address sp) {
  Bytes vector;
  const auto start = find_auxiliary_vector(memory, sp);
  if (!start) return vector;
  for (Address at = *start;; at = at + 16) {
    const auto entry = memory.read_object<std::array<uint64_t, 2>>(at);
    if (!entry) return vector;
    const auto bytes = bytes_of(*entry);
    vector.insert(vector.end(), bytes.begin(), bytes.end());
    if ((*entry)[0] == kAuxNull) return vector;
  }
}

void move_break(Task& task, Address to, RemoteCall& remote) {
  const uint64_t from = page_up(task.process->program_break.value);
  const uint64_t until = page_up(to.value);
  if (until > from) {
    remote.must("grow the heap", kSysMmap, from, until - from, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  } else if (until < from) {
    remote.must("shrink the heap", kSysMunmap, until, from - until);
    task.thread.space().forget_planted({{until}, from - until});
  }
  task.process->program_break = to;
}

// What lies where the memory goes is gone, what is cut off too, and the rest moves along.
void move_planted(tracee::AddressSpace& space, const SyscallArguments& call, Address to) {
  const AddressRange from{{call.args[0]}, page_up(call.args[1])};
  const uint64_t size = page_up(call.args[2]);
  if (to != from.start) space.forget_planted({to, size});
  space.move_planted({from.start, std::min(from.size, size)}, to);
  if (from.size > size) space.forget_planted({from.start + size, from.size - size});
}

// Of advice only what changes contents, or what a fork does with them, matters here.
bool has_visible_effect(uint32_t advice) {
  constexpr uint32_t kPopulateWrite = 23;
  constexpr uint32_t kDontneedLocked = 24;
  constexpr uint32_t kGuardInstall = 102;
  constexpr uint32_t kGuardRemove = 103;
  switch (advice) {
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_REMOVE:
    case MADV_DONTFORK:
    case MADV_DOFORK:
    case MADV_WIPEONFORK:
    case MADV_KEEPONFORK:
    case kPopulateWrite:
    case kDontneedLocked:
    case kGuardInstall:
    case kGuardRemove:
      return true;
    default:
      return false;
  }
}

void advise(Task& task, const ExecutedCall& executed, RemoteCall& remote) {
  const SyscallArguments call = Arch::syscall_arguments(executed.frame.before);
  const int64_t result = Arch::syscall_result(executed.frame.after);
  const auto asked = static_cast<uint32_t>(call.args[2]);
  const auto& half_done = executed.mapping;
  // ENOMEM: the mapped parts of the range were advised all the same.
  const bool is_done = half_done ? half_done->range.size != 0 : result == 0 || result == -ENOMEM;
  if (!has_visible_effect(asked) || !is_done) return;
  const uint64_t size = half_done ? half_done->range.size : call.args[1];
  task.process->has_fork_advice |= asked == MADV_DONTFORK || asked == MADV_WIPEONFORK;
  // The recorder had pages that MADV_FREE would have taken some time vanish at once.
  const uint32_t advice = asked == MADV_FREE ? MADV_DONTNEED : asked;
  remote.call(kSysMadvise, call.args[0], size, advice);
  task.thread.space().replant({{call.args[0]}, page_up(size)});
}

void unmap(Task& task, AddressRange range, RemoteCall& remote) {
  if (range.size == 0) return;
  remote.must("unmap memory", kSysMunmap, range.start.value, range.size);
  task.thread.space().forget_planted(range);
}

// What a failed mremap has unmapped: where the memory was to go, then what was to be cut off.
void unmap_for_mremap(Task& task, const ExecutedCall& executed, RemoteCall& remote) {
  if (!executed.mapping || executed.mapping->range.size == 0) return;
  unmap(task, executed.mapping->range, remote);
  const SyscallArguments call = Arch::syscall_arguments(executed.frame.before);
  const uint64_t size = page_up(call.args[1]);
  const uint64_t kept = page_up(call.args[2]);
  if (size > kept) unmap(task, {{call.args[0] + kept}, size - kept}, remote);
}

// shmdt unmaps whatever is left of the attachment that began there, and nothing else
// (ksys_shmdt, ipc/shm.c).
void detach(Task& task, Address start, RemoteCall& remote) {
  std::optional<uint64_t> segment;  // the inode of the memory that stands for it
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    const bool is_part = entry.range.start >= start &&
                         entry.range.start - start == entry.file_offset &&
                         entry.name.starts_with(MappedFiles::kSegmentName);
    if (!is_part || (segment && *segment != entry.inode)) continue;
    segment = entry.inode;
    remote.must("detach a segment", kSysMunmap, entry.range.start.value, entry.range.size);
  }
}

}  // namespace

void build_new_program(Task& task, const trace::Frame& frame, MappedFiles& files) {
  const auto& event = std::get<trace::ExecEvent>(frame.event);
  tracee::install_low_pages(task.thread, aarch64::ClockSource::kBuffer,
                            tracee::ScratchAreas::kMapped);
  {
    RemoteCall remote(task.thread, RemoteCall::Via::kBreakpoint);
    unmap_all_but_low_pages(task, remote);
    for (const trace::Mapping& mapping : event.mappings) map(mapping, remote, files);
  }
  for (const trace::MemoryWrite& write : frame.writes) {
    task.thread.space().write_all(write.address, write.bytes);
  }
  kernel::Stopped& stopped = task.thread.stopped();
  for (const trace::RegisterSet& set : frame.register_sets) restore_register_set(stopped, set);
  stopped.set_registers(frame.after);
  if (event.stack_limit != 0) limit_stack(task, event.stack_limit);
  Process& process = *task.process;
  process.executable = event.executable;
  process.arguments = event.arguments;
  process.program_break = event.program_break;
  process.exec_mappings = event.mappings;
  process.auxiliary_vector = read_auxiliary_vector(task.thread.space(), Arch::sp(frame.after));
  follow_exec(task);
  task.thread.clock().set(frame.ticks);
}

void change_address_space(Task& task, const ExecutedCall& executed, MappedFiles& files) {
  using syscalls::Special;
  const SyscallArguments call = Arch::syscall_arguments(executed.frame.before);
  const int64_t result = Arch::syscall_result(executed.frame.after);
  const bool failed = result < 0 && result >= -4095;
  RemoteCall remote(task.thread, RemoteCall::Via::kBreakpoint);
  switch (executed.row.special) {
    case Special::kMmap:
    case Special::kShmat:
      if (executed.mapping && failed) {
        unmap(task, executed.mapping->range, remote);
      } else if (executed.mapping) {
        task.thread.space().forget_planted(executed.mapping->range);
        map(*executed.mapping, remote, files);
        fill_from_device(task, *executed.mapping, executed.frame, remote);
      }
      return;
    case Special::kBrk:
      move_break(task, {static_cast<uint64_t>(result)}, remote);
      return;
    case Special::kMremap: {
      if (failed) return unmap_for_mremap(task, executed, remote);
      const uint64_t fixed = MREMAP_MAYMOVE | MREMAP_FIXED | (call.args[3] & MREMAP_DONTUNMAP);
      const bool moved = static_cast<uint64_t>(result) != call.args[0];
      move_planted(task.thread.space(), call, {static_cast<uint64_t>(result)});
      remote.must("move a mapping", executed.row.number, call.args[0], call.args[1], call.args[2],
                  moved ? fixed : 0, result);
      return;
    }
    case Special::kMadvise:
      advise(task, executed, remote);
      return;
    case Special::kShmdt:
      if (!failed) detach(task, {call.args[0]}, remote);
      return;
    case Special::kMprotect: {
      // A failed one may have done half its work; older recordings do not say how much.
      const auto& half_done = executed.mapping;
      remote.call(executed.row.number, call.args[0],
                  half_done ? half_done->range.size : call.args[1], call.args[2], call.args[3]);
      return;
    }
    case Special::kMunmap:
      if (failed) return;  // it has done nothing
      task.thread.space().forget_planted({{call.args[0]}, page_up(call.args[1])});
      [[fallthrough]];
    default:
      // munmap and its like: the same arguments do the same to the same mappings.
      remote.call(executed.row.number, call.args[0], call.args[1], call.args[2], call.args[3],
                  call.args[4], call.args[5]);
      return;
  }
}

}  // namespace rr::replay
