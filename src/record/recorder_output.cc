// What reaches the recorder's own standard output and error.

#include <fcntl.h>
#include <sched.h>

#include "arch/aarch64/syscall_numbers.h"
#include "record/recorder.h"
#include "tracee/low_page.h"

namespace rr::record {

// A call that writes to our output. False for one that moves bytes which cannot be had: programs
// that use such calls have to do without them between many kinds of files anyway.
bool Recorder::prepare_stream(Task& task, InCall& call) {
  if (!is_stream_call(call.call.number) || moves_nothing(task.thread, call.call)) return true;
  call.streamed = stream_source(task.thread, call.call);
  const AddressRange room = tracee::streaming_area();
  if (!call.streamed || task.scratch_pool->all().size == 0) return false;
  // No more than there is room for: such a call may always move less than it was asked to.
  Registers registers = task.thread.stopped().registers();
  uint64_t& count = registers.x[call.streamed->count_argument];
  count = std::min(count, room.size);
  if (call.streamed->waiting) count = std::min(count, uint64_t{call.streamed->waiting->size()});
  task.thread.stopped().set_registers(registers);
  return true;
}

void Recorder::keep_streamed(Task& task, const InCall& call, trace::Frame& frame) {
  const size_t counted = call.streamed->count_argument;
  frame.after.x[counted] = call.before.x[counted];
  task.thread.stopped().set_registers(frame.after);
  const int64_t result = Arch::syscall_result(frame.after);
  if (result <= 0) return;
  const AddressRange room = tracee::streaming_area();
  const uint64_t size =
      copy_streamed(task.thread, *call.streamed, {room.start, static_cast<uint64_t>(result)});
  sink_.add_memory(task.thread.space(), room.start, size);
}

void Recorder::follow_descriptors(Task& task, const SyscallArguments& call, int64_t result) {
  const bool unshares =
      call.number == aarch64::kSysUnshare && result == 0 && (call.args[0] & CLONE_FILES) != 0;
  if (unshares) task.streams = std::make_shared<OutputStreams>(*task.streams);
  task.streams->after_call(call, result);
}

}  // namespace rr::record
