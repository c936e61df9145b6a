// What a call did beyond its own thread's registers and memory: frames of their own, behind the
// call's. And what it could not do.

#include <sys/resource.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "record/lost_rights.h"
#include "record/new_program.h"
#include "record/recorder.h"
#include "syscalls/outputs.h"
#include "util/log.h"

namespace rr::record {

void Recorder::record_effects_elsewhere(const Task& task, const trace::Frame& call,
                                        int64_t result) {
  const tracee::Thread& thread = task.thread;
  const SyscallArguments arguments = Arch::syscall_arguments(call.before);
  if (arguments.number == aarch64::kSysProcessVmWritev && result > 0) {
    // The result counts whole pages at best, so all that was asked for is looked at.
    const Task* target = find_for(task, {static_cast<int32_t>(arguments.args[0])});
    if (target == nullptr) return;
    record_remote_write(task, call, *target, syscalls::remote_iovec(arguments, thread.space()));
    return;
  }
  if (arguments.number == aarch64::kSysPrlimit64) return record_limit(task, call, result);
  const ChangeByCall change =
      sink_.files().changed_by(thread.real(), arguments, result, thread.space());
  if (const auto* memory = std::get_if<ProcessMemoryChange>(&change)) {
    const Task* target = find_named(memory->process);
    if (target != nullptr) record_remote_write(task, call, *target, {memory->range});
  } else if (const auto* file = std::get_if<FileChange>(&change)) {
    sink_.add_memory(FileReader(file->contents), {file->offset}, file->length);
    trace::Frame frame = frame_at(task, call.after, call.ticks);
    frame.event = trace::FileChangeEvent{.file = file->file, .size = file->size};
    sink_.append(frame);
  }
}

// The stack's, of the process that the call names by its number.
void Recorder::record_limit(const Task& task, const trace::Frame& call, int64_t result) {
  const SyscallArguments arguments = Arch::syscall_arguments(call.before);
  const Tid number{static_cast<int32_t>(arguments.args[0])};
  const bool is_set = result == 0 && arguments.args[2] != 0;
  if (!is_set || number == Tid{0} || static_cast<uint32_t>(arguments.args[1]) != RLIMIT_STACK) {
    return;
  }
  const Task* target = find_for(task, number);
  if (target == nullptr) return;
  trace::Frame frame = frame_at(task, call.after, call.ticks);
  frame.event = trace::RemoteWriteEvent{.target = target->thread.id(),
                                        .stack_limit = stack_limit(target->thread.real())};
  sink_.append(frame);
}

// Once: programs of this kind come in numbers.
void Recorder::warn_of_lost_rights(Tid tid) {
  if (has_warned_of_lost_rights_) return;
  const std::string lost = rights_lost_by(tid);
  if (lost.empty()) return;
  has_warned_of_lost_rights_ = true;
  LOG(kWarn, "record") << kernel::read_proc_link(tid, "exe") << " runs without the rights that it"
                       << " would have otherwise (" << lost << "): record as root to have it run"
                       << " with them";
}

// The process or thread that the caller, in its own pid namespace, knows by the number.
const Task* Recorder::find_for(const Task& caller, Tid number) const {
  const size_t depth = kernel::tids_in_namespaces(caller.thread.real()).size();
  const kernel::OwnName as_neighbour{kernel::own_name(caller.thread.real()).pid_namespace, number};
  if (const Task* neighbour = find_named(as_neighbour)) return neighbour;
  for (const auto& [real, task] : tasks_) {
    const std::vector<Tid> numbers = kernel::tids_in_namespaces(real);
    // In a namespace of its own, which is most likely within the caller's.
    if (depth != 0 && numbers.size() > depth && numbers[depth - 1] == number) return task.get();
  }
  return nullptr;
}

// A leader may be gone before its threads.
const Task* Recorder::find_named(const kernel::OwnName& name) const {
  for (const auto& [real, task] : tasks_) {
    const Tid leader{task->thread.process().value};
    if (kernel::own_name(real) == name || kernel::own_name(leader) == name) return task.get();
  }
  return nullptr;
}

void Recorder::record_remote_write(const Task& task, const trace::Frame& call, const Task& target,
                                   const std::vector<AddressRange>& ranges) {
  for (const AddressRange& range : ranges) {
    sink_.add_memory(target.thread.space(), range.start, range.size);
  }
  trace::Frame frame = frame_at(task, call.after, call.ticks);
  frame.event = trace::RemoteWriteEvent{.target = target.thread.id()};
  sink_.append(frame);
}

}  // namespace rr::record
