// What a call did beyond its own thread's registers and memory: frames of their own, behind the
// call's.

#include "arch/aarch64/syscall_numbers.h"
#include "record/recorder.h"
#include "syscalls/outputs.h"

namespace rr::record {

void Recorder::record_effects_elsewhere(const Task& task, const trace::Frame& call,
                                        int64_t result) {
  const tracee::Thread& thread = task.thread;
  const SyscallArguments arguments = Arch::syscall_arguments(call.before);
  if (arguments.number == aarch64::kSysProcessVmWritev && result > 0) {
    // The result counts whole pages at best, so all that was asked for is looked at.
    const Pid process{static_cast<int32_t>(arguments.args[0])};
    record_remote_write(task, call, process, syscalls::remote_iovec(arguments, thread.space()));
    return;
  }
  const ChangeByCall change =
      sink_.files().changed_by(thread.real(), arguments, result, thread.space());
  if (const auto* memory = std::get_if<ProcessMemoryChange>(&change)) {
    record_remote_write(task, call, memory->process, {memory->range});
  } else if (const auto* file = std::get_if<FileChange>(&change)) {
    sink_.add_memory(FileReader(file->contents), {file->offset}, file->length);
    trace::Frame frame = frame_at(task, call.after, call.ticks);
    frame.event = trace::FileChangeEvent{.file = file->file, .size = file->size};
    sink_.append(frame);
  }
}

void Recorder::record_remote_write(const Task& task, const trace::Frame& call, Pid process,
                                   const std::vector<AddressRange>& ranges) {
  for (const auto& [real, target] : tasks_) {
    if (target->thread.process() != process && real.value != process.value) continue;
    for (const AddressRange& range : ranges) {
      sink_.add_memory(target->thread.space(), range.start, range.size);
    }
    trace::Frame frame = frame_at(task, call.after, call.ticks);
    frame.event = trace::RemoteWriteEvent{.target = target->thread.id()};
    sink_.append(frame);
    return;
  }
}

}  // namespace rr::record
