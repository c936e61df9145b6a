#include "replay/watchpoints.h"

#include <algorithm>

#include "kernel/cache_block.h"
#include "kernel/proc.h"
#include "syscalls/table.h"

namespace rr::replay {
namespace {

using aarch64::MemoryAccess;
using aarch64::WatchKind;
using aarch64::WatchSlot;
using machine::Breakpoint;
using machine::BreakpointKind;

// struct user_hwdebug_state: the count of slots, then the slots (arch/arm64/include/uapi/asm).
struct DebugState {
  uint32_t info = 0;
  uint32_t padding = 0;
};
struct DebugSlot {
  uint64_t address = 0;
  uint32_t control = 0;
  uint32_t padding = 0;
};

AddressRange range_of(const Breakpoint& watchpoint) {
  return {watchpoint.address, watchpoint.length};
}

bool overlap(const AddressRange& a, const AddressRange& b) {
  return a.start < b.end() && b.start < a.end();
}

WatchKind slot_kind(BreakpointKind kind) {
  if (kind == BreakpointKind::kReadWatch) return WatchKind::kRead;
  return kind == BreakpointKind::kWriteWatch ? WatchKind::kWrite : WatchKind::kReadOrWrite;
}

Bytes value_of(const Task& task, const Breakpoint& watchpoint) {
  Bytes bytes(static_cast<size_t>(watchpoint.length));
  bytes.resize(task.thread.space().read(watchpoint.address, bytes));
  return bytes;
}

size_t slot_count(const Task& task) {
  const auto state = task.thread.stopped().register_set(aarch64::kNoteHardwareWatchpoints);
  if (!state || state->size() < sizeof(DebugState)) return 0;
  return object_from<DebugState>(std::span(*state).first(sizeof(DebugState)))->info & 0xff;
}

// Of the call that the frame completes.
const syscalls::Row* completed_call(const trace::Frame& frame) {
  if (!std::holds_alternative<trace::SyscallEvent>(frame.event) &&
      !std::holds_alternative<trace::SyscallExitEvent>(frame.event)) {
    return nullptr;
  }
  return syscalls::resolve(Arch::syscall_arguments(frame.before));
}

// Such a call changes memory without a recorded write.
bool is_of_mappings(const trace::Frame& frame) {
  using syscalls::Special;
  if (std::holds_alternative<trace::FileChangeEvent>(frame.event)) return true;
  const syscalls::Row* row = completed_call(frame);
  return row != nullptr && (row->special == Special::kMmap || row->special == Special::kMunmap ||
                            row->special == Special::kMremap || row->special == Special::kBrk ||
                            row->special == Special::kMadvise || row->special == Special::kShmat ||
                            row->special == Special::kShmdt);
}

// Another process may share memory from here on, or no more.
bool is_of_sharers(const trace::Frame& frame) {
  using syscalls::Special;
  if (std::holds_alternative<trace::ExecEvent>(frame.event) ||
      std::holds_alternative<trace::TaskExitEvent>(frame.event) || is_of_mappings(frame)) {
    return true;
  }
  const syscalls::Row* row = completed_call(frame);
  return row != nullptr && (row->special == Special::kClone || row->special == Special::kClone3);
}

AddressRange common_part(const AddressRange& a, const AddressRange& b) {
  const Address start = std::max(a.start, b.start);
  const Address end = std::min(a.end(), b.end());
  return {start, start < end ? end - start : 0};
}

// What of a watchpoint's bytes is in a shared mapping.
struct WatchedPart {
  Breakpoint what;
  AddressRange range;
  kernel::MapsEntry here;
};

uint64_t in_file(const kernel::MapsEntry& entry, Address address) {
  return entry.file_offset + (address - entry.range.start);
}

// Where `there` shows the same bytes; empty: nowhere.
AddressRange same_bytes(const WatchedPart& part, const kernel::MapsEntry& there) {
  const bool is_same_file = there.inode == part.here.inode && there.device == part.here.device;
  if (!there.shared || !is_same_file) return {};
  // As if addresses were places in the file.
  const AddressRange wanted{Address{in_file(part.here, part.range.start)}, part.range.size};
  const AddressRange mapped{Address{there.file_offset}, there.range.size};
  const AddressRange common = common_part(wanted, mapped);
  if (common.size == 0) return {};
  return {there.range.start + (common.start - mapped.start), common.size};
}

// By an access that overlaps it.
bool is_hit(const Breakpoint& watchpoint, const MemoryAccess& access, bool has_changed) {
  switch (watchpoint.kind) {
    case BreakpointKind::kReadWatch:
      return access.loads;
    case BreakpointKind::kAccessWatch:
      return true;
    default:
      return has_changed;
  }
}

// More than this is more than any CPU has: what matters is only that it is too many.
constexpr uint64_t kMostSlotBytes = 16 * 8;

}  // namespace

Watchpoints::Process* Watchpoints::find(Pid pid) {
  const auto it = processes_.find(pid);
  return it == processes_.end() ? nullptr : &it->second;
}

bool Watchpoints::add(const Task& task, const Breakpoint& watchpoint) {
  const bool wraps = range_of(watchpoint).end() < watchpoint.address;
  if (watchpoint.length == 0 || wraps) return false;
  if (value_of(task, watchpoint).empty()) return false;
  await(task, watchpoint);
  return true;
}

void Watchpoints::await(const Task& task, const Breakpoint& watchpoint) {
  wants_sharers_ = true;
  Bytes value = value_of(task, watchpoint);
  Process& process = processes_[watchpoint.pid];
  const auto same = std::ranges::find(process.watched, watchpoint, &Watched::what);
  if (same != process.watched.end()) {
    same->value = std::move(value);
    return;
  }
  process.watched.push_back({watchpoint, std::move(value)});
  choose_slots(process);
}

void Watchpoints::remove(const Breakpoint& watchpoint) {
  Process* process = find(watchpoint.pid);
  if (process == nullptr) return;
  std::erase_if(process->watched, [&](const Watched& w) { return w.what == watchpoint; });
  for (auto it = processes_.begin(); it != processes_.end();) {
    Process& each = it->second;
    std::erase_if(each.shared, [&](const Shared& s) { return s.owner == watchpoint; });
    choose_slots(each);
    it = each.watched.empty() && each.shared.empty() ? processes_.erase(it) : std::next(it);
  }
}

void Watchpoints::remove_all_of(Pid pid) {
  wants_sharers_ = !processes_.empty();
  processes_.erase(pid);
}

void Watchpoints::find_sharers(const std::vector<const Task*>& processes) {
  wants_sharers_ = false;
  for (auto& [pid, process] : processes_) process.shared.clear();
  for (const Task* owner : processes) {
    const Process* process = find(owner->process->pid);
    if (process != nullptr && !process->watched.empty()) find_sharers_of(*owner, processes);
  }
  std::erase_if(processes_, [](const auto& entry) {
    return entry.second.watched.empty() && entry.second.shared.empty();
  });
  for (auto& [pid, process] : processes_) choose_slots(process);
}

void Watchpoints::find_sharers_of(const Task& owner, const std::vector<const Task*>& processes) {
  const std::vector<Watched> watched = find(owner.process->pid)->watched;
  std::vector<WatchedPart> parts;
  for (const kernel::MapsEntry& entry : kernel::read_maps(owner.thread.real())) {
    if (!entry.shared || entry.inode == 0) continue;
    for (const Watched& each : watched) {
      const AddressRange part = common_part(entry.range, range_of(each.what));
      if (part.size != 0) parts.push_back({each.what, part, entry});
    }
  }
  if (parts.empty()) return;
  for (const Task* other : processes) {
    for (const kernel::MapsEntry& there : kernel::read_maps(other->thread.real())) {
      for (const WatchedPart& part : parts) {
        const AddressRange same = same_bytes(part, there);
        if (same.size == 0 || (other == &owner && same.start == part.range.start)) continue;
        const uint64_t before = in_file(there, same.start) - in_file(part.here, part.range.start);
        share(*other, {part.what, part.range.start - part.what.address + before, same});
      }
    }
  }
}

void Watchpoints::share(const Task& with, const Shared& shared) {
  processes_[with.process->pid].shared.push_back(shared);
}

Watchpoints::Watched* Watchpoints::find_owner(const Shared& shared) {
  Process* process = find(shared.owner.pid);
  if (process == nullptr) return nullptr;
  const auto found = std::ranges::find(process->watched, shared.owner, &Watched::what);
  return found == process->watched.end() ? nullptr : &*found;
}

// Takes over what `task` sees there now. Whether it differs, if anybody watches.
std::optional<bool> Watchpoints::renew(const Task& task, const Shared& shared) {
  Watched* owner = find_owner(shared);
  if (owner == nullptr) return std::nullopt;
  Bytes now(static_cast<size_t>(shared.range.size));
  now.resize(task.thread.space().read(shared.range.start, now));
  if (owner->value.size() < shared.offset + now.size()) {
    owner->value.resize(static_cast<size_t>(shared.offset) + now.size());
  }
  const auto old = owner->value.begin() + static_cast<std::ptrdiff_t>(shared.offset);
  const bool has_changed = !std::ranges::equal(now, std::span(old, now.size()));
  std::ranges::copy(now, old);
  return has_changed;
}

void Watchpoints::choose_slots(Process& process) {
  process.slots.clear();
  const auto cover = [&](AddressRange range, BreakpointKind kind) {
    range.size = std::min(range.size, kMostSlotBytes + 8);
    for (const WatchSlot& slot : aarch64::watch_slots(range, slot_kind(kind))) {
      if (std::ranges::find(process.slots, slot) == process.slots.end()) {
        process.slots.push_back(slot);
      }
    }
  };
  for (const Watched& watched : process.watched) cover(range_of(watched.what), watched.what.kind);
  for (const Shared& shared : process.shared) cover(shared.range, shared.owner.kind);
}

Watchpoints::Way Watchpoints::prepare(Task& task) {
  const Process* process = find(task.process->pid);
  const std::vector<WatchSlot> slots =
      process == nullptr ? std::vector<WatchSlot>() : process->slots;
  if (slots == task.watch_slots) return Way::kFreely;
  const bool fits = slots.size() <= slot_count(task);
  if (fits && set_slots(task, slots)) return Way::kFreely;
  // A refused write may have changed the first slots.
  if (fits && slots.size() > task.watch_slots.size()) task.watch_slots = slots;
  set_slots(task, {});
  return Way::kStepping;
}

// Slots that were in use and are not any more are switched off, the others keep what they hold.
// False where the kernel refuses: somebody else has the slots.
bool Watchpoints::set_slots(Task& task, const std::vector<WatchSlot>& slots) {
  if (slots == task.watch_slots) return true;
  Bytes state = to_bytes(DebugState{});
  for (size_t i = 0; i < std::max(slots.size(), task.watch_slots.size()); ++i) {
    const WatchSlot slot = i < slots.size() ? slots[i] : aarch64::disabled(task.watch_slots[i]);
    const Bytes bytes = to_bytes(DebugSlot{slot.address, slot.control});
    state.insert(state.end(), bytes.begin(), bytes.end());
  }
  if (!task.thread.stopped().set_register_set(aarch64::kNoteHardwareWatchpoints, state)) {
    return false;
  }
  task.watch_slots = slots;
  return true;
}

Watchpoints::Step Watchpoints::before_step(Task& task) {
  set_slots(task, {});
  if (find(task.process->pid) == nullptr) return {};
  const Registers& registers = task.thread.stopped().registers();
  const auto word = task.thread.space().read_object<uint32_t>(Arch::pc(registers));
  if (!word) return {};
  return {aarch64::memory_access(*word, registers, kernel::zeroed_block_size())};
}

std::optional<Breakpoint> Watchpoints::after_step(const Task& task, const Step& step) {
  Process* process = find(task.process->pid);
  if (process == nullptr || !step.access) return std::nullopt;
  std::optional<Breakpoint> hit;
  for (Watched& watched : process->watched) {
    if (!overlap(step.access->range, range_of(watched.what))) continue;
    Bytes now = value_of(task, watched.what);
    if (!hit && is_hit(watched.what, *step.access, now != watched.value)) hit = watched.what;
    watched.value = std::move(now);
  }
  for (const Shared& shared : process->shared) {
    if (!overlap(step.access->range, shared.range)) continue;
    const auto has_changed = renew(task, shared);
    if (!hit && has_changed && is_hit(shared.owner, *step.access, *has_changed)) hit = shared.owner;
  }
  return hit;
}

std::optional<Breakpoint> Watchpoints::changed_by(const Task& task, const trace::Frame& frame) {
  if (!processes_.empty() && is_of_sharers(frame)) wants_sharers_ = true;
  Process* process = find(task.process->pid);
  if (process == nullptr) return std::nullopt;
  const auto is_written = [&](const AddressRange& range) {
    return std::ranges::any_of(frame.writes, [&](const trace::MemoryWrite& write) {
      return overlap({write.address, write.bytes.size()}, range);
    });
  };
  const bool may_be_remapped = is_of_mappings(frame);
  std::optional<Breakpoint> hit;
  for (Watched& watched : process->watched) {
    const AddressRange range = range_of(watched.what);
    if (!may_be_remapped && !is_written(range)) continue;
    Bytes now = value_of(task, watched.what);
    const bool has_changed = now != watched.value;
    watched.value = std::move(now);
    if (has_changed && !hit && watched.what.kind != BreakpointKind::kReadWatch) hit = watched.what;
  }
  for (const Shared& shared : process->shared) {
    if (!is_written(shared.range) || !renew(task, shared).value_or(false)) continue;
    if (!hit && shared.owner.kind != BreakpointKind::kReadWatch) hit = shared.owner;
  }
  return hit;
}

}  // namespace rr::replay
