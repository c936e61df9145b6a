// System calls: the entry at the seccomp stop, the exit at the exit stop, one frame for both.

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

#include "arch/aarch64/signal_frame.h"
#include "arch/aarch64/syscall_numbers.h"
#include "arch/aarch64/syscall_stops.h"
#include "kernel/proc.h"
#include "record/hidden_features.h"
#include "record/kernel_objects.h"
#include "record/locked_memory.h"
#include "record/new_program.h"
#include "record/program_view.h"
#include "record/recorder.h"
#include "syscalls/inputs.h"
#include "syscalls/pointees.h"
#include "syscalls/table.h"
#include "tracee/low_page.h"
#include "util/check.h"
#include "util/log.h"

namespace rr::record {

using kernel::Resume;

namespace {

// A copy that meets a fault in the middle may have changed a few bytes beyond what the call reports
// (quirk partial-copy). The fault is at the end of a page, so they are none of the next one, which
// a replay must leave as unwritten as the kernel did.
constexpr uint64_t kPartialCopySlack = 128;

uint64_t size_to_record(const syscalls::Output& output) {
  if (!output.is_counted) return output.possible;
  const uint64_t end = (output.address + output.written).value;
  const uint64_t slack = std::min(kPartialCopySlack, kernel::page_up(end) - end);
  return std::min(output.possible, output.written + slack);
}

std::vector<trace::MemoryWrite> inputs_for_people(const SyscallArguments& call,
                                                  const MemoryReader& memory) {
  std::vector<trace::MemoryWrite> inputs;
  const syscalls::Row* row = syscalls::find(call.number);
  for (syscalls::MemoryPiece& piece : syscalls::shown_inputs(*row, call, memory))
    inputs.push_back({piece.address, std::move(piece.bytes)});
  return inputs;
}

bool is_private_anonymous(Tid tid, AddressRange range) {
  Address reached = range.start;
  for (const kernel::MapsEntry& entry : kernel::read_maps(tid)) {
    if (!entry.range.contains(reached)) continue;
    if (entry.inode != 0 || entry.shared) return false;
    reached = entry.range.end();
    if (reached >= range.end()) return true;
  }
  return false;
}

// What came of the call: by itself, or behind its entry, which others ran after.
void set_event(trace::Frame& frame, InCall& call, const std::optional<trace::Mapping>& mapping) {
  if (call.is_entry_recorded) {
    frame.event = trace::SyscallExitEvent{.number = call.call.number, .mapping = mapping};
    return;
  }
  frame.event = trace::SyscallEvent{.number = call.call.number,
                                    .echo = call.echo,
                                    .mapping = mapping,
                                    .input_checksum = call.input_checksum};
  frame.inputs = std::move(call.inputs);
}

// Of a call whose sub-commands act on a descriptor the kernel looks at that before the sub-command;
// one of O_PATH is none to it.
bool names_open_file(Tid tid, const SyscallArguments& call) {
  const syscalls::Row* row = syscalls::find(call.number);
  if (row->dispatch.rows == nullptr || !std::string_view(row->arguments).starts_with("fd ")) {
    return true;
  }
  const auto fd = static_cast<int32_t>(call.args[0]);
  const std::string info = kernel::read_proc_file(tid, "fdinfo/" + std::to_string(fd));
  constexpr std::string_view kFlags = "flags:";
  const size_t at = info.find(kFlags);
  if (at == std::string::npos) return false;
  return (std::strtoull(info.c_str() + at + kFlags.size(), nullptr, 8) & O_PATH) == 0;
}

bool lies_in_one_page(Address address, uint64_t size) {
  return address.value / kernel::page_size() == (address.value + size - 1) / kernel::page_size();
}

// MADV_FREE leaves it to the kernel when the pages vanish. At once is one of its ways.
void make_free_certain(tracee::Thread& thread, const SyscallArguments& call) {
  const auto& args = call.args;
  if (call.number != aarch64::kSysMadvise || static_cast<int>(args[2]) != MADV_FREE) return;
  if (!is_private_anonymous(thread.real(), {{args[0]}, args[1]})) return;  // it will fail
  Registers registers = thread.stopped().registers();
  registers.x[2] = MADV_DONTNEED;
  thread.stopped().set_registers(registers);
}

}  // namespace

void Recorder::enter_call(Task& task) {
  if (deliver_held(task)) return;
  InCall call = call_entered(task);
  settle_interrupted(task, aarch64::at_syscall_instruction(call.before));
  note_restart(task, call);
  trace::Frame entry = frame_at(task, call.before, call.ticks);
  if (is_taken_by_sandbox(task, call, entry)) return;
  if (is_answered_here(task, call, entry)) return;
  call.inputs = std::move(entry.inputs);
  run_call(task, std::move(call));
}

InCall Recorder::call_entered(const Task& task) {
  const tracee::Thread& thread = task.thread;
  InCall call;
  call.before = thread.stopped().registers();
  call.ticks = thread.clock().now();
  call.call = Arch::syscall_arguments(call.before);
  if (aarch64::argument0_is_hidden(call.call.number)) {
    call.before.x[0] = thread.stopped().original_argument0().value_or(call.before.x[0]);
  }
  return call;
}

// Whether the kernel is not to see the call as it is: then the task goes on, or ends, already.
bool Recorder::is_answered_here(Task& task, InCall& call, trace::Frame& entry) {
  const auto answered = [&](int64_t result) {
    answer_without_running(task, entry, result);
    return true;
  };
  if (call.call.number < 0) return answered(-ENOSYS);
  call.row = syscalls::resolve(call.call);
  if (call.row == nullptr) {
    LOG(kWarn, "record") << "system call " << call.call.number
                         << " is not in the table (src/syscalls) and was answered ENOSYS";
    return answered(-ENOSYS);
  }
  clocks_.note(call.call, task.thread.space());
  entry.inputs = inputs_for_people(call.call, task.thread.space());
  if (call.row->is_refused()) {
    LOG(kInfo, "record") << call.row->name << " was refused: " << call.row->refusal.reason;
    const bool is_open = names_open_file(task.thread.real(), call.call);
    return answered(is_open ? -call.row->refusal.error : -EBADF);
  }
  if (const auto answer = answer_without_feature(*call.row, call.call)) return answered(*answer);
  if (const auto answer = answer_lock_all(task.thread.real(), call.call)) return answered(*answer);
  if (is_too_short_for_cores(call.call)) return answered(-EINVAL);
  const Tid tid = task.thread.real();
  if (const auto answer = answer_about_object(*call.row, tid, call.call, task.thread.space())) {
    return answered(*answer);
  }
  if (is_answered_specially(task, call, entry)) return true;
  call.echo = task.streams->written_by(task.thread.real(), call.call);
  if (call.echo != trace::Echo::kNone && !prepare_stream(task, call)) return answered(-EINVAL);
  return false;
}

bool Recorder::is_answered_specially(Task& task, InCall& call, const trace::Frame& entry) {
  switch (call.row->special) {
    case syscalls::Special::kExit:
    case syscalls::Special::kExitGroup:
      run_exit(task, call, entry);
      return true;
    case syscalls::Special::kSetAffinity:  // tracees stay on the recorder's CPU
      answer_without_running(task, entry, affinity_answer(task, call.call));
      return true;
    case syscalls::Special::kDumpable:
      return is_answered_dumpable(task, entry, call.call);
    case syscalls::Special::kSeccomp:
      return is_answered_seccomp(task, call, entry);
    case syscalls::Special::kSetTsc:
      answer_counter_trap(task, entry, call.call);
      return true;
    case syscalls::Special::kTellTime:
      return has_told_time(task, entry, call.call);
    default:
      return false;
  }
}

// There is no exit stop: all there is to say is said now.
void Recorder::run_exit(Task& task, InCall& call, const trace::Frame& entry) {
  trace::Frame frame = entry;
  frame.event = trace::SyscallEvent{.number = call.call.number};
  append(task, frame);
  call.is_entry_recorded = true;
  task.state = std::move(call);
  task.thread.resume(Resume::kContinue);
}

// Whether others may look at what the call writes before it has ended.
bool Recorder::is_seen_by_others(const Task& task, const InCall& call) const {
  // What vmsplice is given stays in the pipe.
  const bool may_be_moved = !call.streamed && call.call.number != aarch64::kSysVmsplice;
  if (!call.row->may_block() || call.plan.regions.empty() || !may_be_moved) return false;
  if (task.thread.shared_space().use_count() > 1) return true;
  const bool is_alone = tasks_.size() == 1;
  return !is_alone && task.shared_ranges->has_part_of(call.plan, task.thread.real());
}

void Recorder::run_call(Task& task, InCall call) {
  tracee::Thread& thread = task.thread;
  if (call.row->special == syscalls::Special::kWait) finish_ended();
  make_free_certain(thread, call.call);
  const Tid tid = thread.real();
  call.plan = syscalls::plan(*call.row, call.call, thread.space(),
                             [tid](int32_t fd) { return bpf_object(tid, fd); });
  call.input_checksum = syscalls::input_checksum(call.call, thread.space());
  if (is_seen_by_others(task, call)) {
    call.scratch.emplace(thread, call.plan, call.call, task.scratch_pool);
  }
  if (call.is_notifying) {
    Registers registers = thread.stopped().registers();
    Arch::set_pc(registers, tracee::kNotifyingReturn);
    thread.stopped().set_registers(registers);
  }
  if (call.echo != trace::Echo::kNone && options_.before_output) {
    options_.before_output(call.echo, thread.id(), sink_.next_frame());
  }
  block_ignored(task, call);
  call.changed_flags = hide_untraced(thread, call.call);
  task.state = std::move(call);
  thread.resume(Resume::kSyscall);
}

void Recorder::answer_without_running(Task& task, const trace::Frame& entry, int64_t result) {
  answer_as(trace::kNotRun, task, entry, result);
}

void Recorder::answer_as(int32_t number, Task& task, const trace::Frame& entry, int64_t result) {
  trace::Frame frame = entry;
  Arch::set_syscall_result(frame.after, result);
  frame.event = trace::SyscallEvent{.number = number};
  append(task, frame);
  // The number first: from 7.3 on the result would otherwise be overwritten (quirk skip-order).
  task.thread.stopped().set_system_call(-1);
  task.thread.stopped().set_registers(frame.after);
  go_on_or_give_way(task);
}

// In the trace as if it had been run. Where the time cannot be written, or only half of it, the
// kernel is asked.
bool Recorder::has_told_time(Task& task, const trace::Frame& entry, const SyscallArguments& call) {
  const auto time = clocks_.answer(call);
  if (!time) return false;
  const bool is_timespec = call.number == aarch64::kSysClockGettime;
  const Address out{call.args[is_timespec ? 1 : 0]};
  if (!lies_in_one_page(out, time->size())) return false;
  if (kernel::write_where_allowed(task.thread.real(), out, *time) != time->size()) return false;
  sink_.add_memory(*time, out);
  if (options_.buffers_clock) task.clock_buffer->note_call(task.thread.space(), sink_);
  answer_as(call.number, task, entry, 0);
  return true;
}

// PR_SET_DUMPABLE 0 would take our access away: the program is told so, and has it told again when
// it asks. The kernel's own answers, for what it knows, and refuses, are as good as ever.
bool Recorder::is_answered_dumpable(Task& task, const trace::Frame& entry,
                                    const SyscallArguments& call) {
  const bool is_question = static_cast<uint32_t>(call.args[0]) == PR_GET_DUMPABLE;
  if (!is_question && call.args[1] <= 1) *task.says_undumpable = call.args[1] == 0;
  if (!*task.says_undumpable || (!is_question && call.args[1] != 0)) return false;
  answer_without_running(task, entry, 0);
  return true;
}

// PR_GET_TSC and PR_SET_TSC: the trap on the counter is ours. The program is told that it has none,
// and what it sets has no effect.
void Recorder::answer_counter_trap(Task& task, const trace::Frame& entry,
                                   const SyscallArguments& call) {
  constexpr uint64_t kGetTsc = 25;
  constexpr int32_t kTscIsEnabled = 1;
  int32_t ours = 0;
  if (::prctl(static_cast<int>(kGetTsc), &ours) < 0) {
    return answer_without_running(task, entry, -EINVAL);
  }
  if (call.args[0] != kGetTsc) return answer_without_running(task, entry, 0);
  const Address out{call.args[1]};
  const auto bytes = bytes_of(kTscIsEnabled);
  if (kernel::write_where_allowed(task.thread.real(), out, bytes) != bytes.size()) {
    return answer_without_running(task, entry, -EFAULT);
  }
  sink_.add_memory(bytes, out);
  answer_without_running(task, entry, 0);
}

// The change that the kernel makes to the registers behind the last signal's frame is a frame of
// its own (quirk restart).
void Recorder::note_restart(Task& task, const InCall& call) {
  if (call.call.number != aarch64::kSysRestartSyscall) return;
  const Registers changed = aarch64::with_restart_number(task.last.after);
  const Registers now = aarch64::at_syscall_instruction(call.before);
  if (Arch::same_state(changed, task.last.after) || !Arch::same_state(changed, now)) return;
  trace::Frame frame = frame_at(task, task.last.after, task.last.ticks);
  frame.after = changed;
  frame.event = trace::PreemptEvent{};
  append(task, frame);
}

void Recorder::leave_call(Task& task) {
  if (std::holds_alternative<SkippingCall>(task.state)) return leave_skipped_call(task);
  InCall* call = std::get_if<InCall>(&task.state);
  CHECK(call != nullptr) << "an exit stop of a thread that is in no system call";
  if (call->has_new_program) return leave_exec(task);
  unblock_ignored(task, *call);
  trace::Frame frame = frame_at(task, call->before, call->ticks);
  frame.after = show_cores(task, *call, registers_behind(task, *call));
  undo_disguise(task, *call, frame);
  if (timer_slack_.hide(call->call, frame.after)) task.thread.stopped().set_registers(frame.after);
  if (call->streamed) keep_streamed(task, *call, frame);
  const int64_t result = Arch::syscall_result(frame.after);
  const bool is_interrupted =
      call->row->special != syscalls::Special::kSigreturn && aarch64::is_restart_result(result);
  const auto mapping = record_what_it_did(task, *call, result, frame, is_interrupted);
  set_event(frame, *call, mapping);
  const bool yields = call->call.number == aarch64::kSysSchedYield;
  if (is_interrupted) {
    note_moved_argument(task, *call);
    task.interrupted = std::move(frame);
  } else {
    append(task, frame);
    record_effects_elsewhere(task, frame, result);
  }
  if (yields && others_are_ready(task)) {
    scheduler_.note_yield(task.thread.real());
    return give_way(task);
  }
  go_on_or_give_way(task);
}

void Recorder::note_moved_argument(Task& task, const InCall& call) {
  const auto shown = call.scratch ? call.scratch->first_argument() : std::nullopt;
  if (shown) task.moved_argument = MovedArgument{*shown, call.before.x[0]};
}

// At the first stop behind an interrupted call.
void Recorder::settle_moved_argument(Task& task) {
  const auto moved = std::exchange(task.moved_argument, std::nullopt);
  if (!moved) return;
  Registers registers = task.thread.stopped().registers();
  if (registers.x[0] != moved->shown) return;
  registers.x[0] = moved->program;
  task.thread.stopped().set_registers(registers);
}

void Recorder::leave_exec(Task& task) {
  tracee::Thread& thread = task.thread;
  thread.set_space(std::make_shared<tracee::AddressSpace>(thread.real()));
  renew_clock(thread);
  note_executed(task);
  thread.become_leader();
  task.cleared_at_exit = {};
  task.robust_list = {};
  task.ignored.reset();
  go_on(task);
}

// As the program is to see them: not with what was changed at the entry.
Registers Recorder::registers_behind(Task& task, InCall& call) {
  tracee::Thread& thread = task.thread;
  if (call.changed_flags) give_back(thread, *std::exchange(call.changed_flags, std::nullopt));
  Registers after = aarch64::with_program_x7(thread.stopped().registers(), call.before.x[7]);
  if (call.row->special == syscalls::Special::kSeccompReceive) correct_notification(task);
  const bool was_elsewhere = call.scratch && call.scratch->is_used();
  const bool is_advice = call.row->special == syscalls::Special::kMadvise;
  if (was_elsewhere) after = call.scratch->with_program_arguments(after, call.before);
  if (is_advice) after.x[2] = call.before.x[2];  // make_free_certain may have changed it
  if (was_elsewhere || is_advice) thread.stopped().set_registers(after);
  return after;
}

// What the call has changed, in memory and in what is kept about the task.
std::optional<trace::Mapping> Recorder::record_what_it_did(Task& task, InCall& call, int64_t result,
                                                           trace::Frame& frame,
                                                           bool is_interrupted) {
  const syscalls::Special special = call.row->special;
  note_filter(task, call, result);
  note_priorities(call.call, result);
  note_dispositions(call.call);
  record_outputs(task, call, result, is_interrupted ? &frame : nullptr);
  const std::optional<trace::Mapping> mapping = mapping_made_by(task, call, result);
  if (special == syscalls::Special::kSigreturn) restore_after_sigreturn(task, call, frame);
  if (special == syscalls::Special::kPacResetKeys) add_new_keys(task, frame);
  if (special == syscalls::Special::kOpen && result >= 0) {
    mask_opened_file(task.thread, static_cast<int32_t>(result), options_.core_count);
  }
  note_changed_mappings(task, call, result);
  if (special == syscalls::Special::kSetTidAddress) task.cleared_at_exit = {call.call.args[0]};
  if (special == syscalls::Special::kSetRobustList && result == 0) {
    task.robust_list = {call.call.args[0]};
  }
  follow_descriptors(task, call.call, result);
  return mapping;
}

void Recorder::add_new_keys(const Task& task, trace::Frame& frame) const {
  for (const uint32_t note : {aarch64::kNotePacAddressKeys, aarch64::kNotePacGenericKeys}) {
    if (auto bytes = task.thread.stopped().register_set(note)) {
      frame.register_sets.push_back({note, std::move(*bytes)});
    }
  }
}

// Every register came from the signal frame; the exit stop hides x7, so it is taken from there.
void Recorder::restore_after_sigreturn(Task& task, const InCall& call, trace::Frame& frame) const {
  if (auto bytes = task.thread.stopped().register_set(aarch64::kNoteFloat)) {
    frame.register_sets.push_back({aarch64::kNoteFloat, std::move(*bytes)});
  }
  keep_scalable_state(task, frame);
  const Address sp = Arch::sp(call.before);
  if (!aarch64::is_looked_at_by_sigreturn(sp)) return;
  const auto x7 = task.thread.space().read_object<uint64_t>(aarch64::saved_register(sp, 7));
  frame.after.x[7] = x7.value_or(0);  // __get_user_error() clears what it cannot read
}

// The entry as a frame of its own, because others will run before the exit.
void Recorder::record_entry(Task& task, std::optional<trace::NewTask> new_task) {
  InCall& call = std::get<InCall>(task.state);
  if (call.is_entry_recorded) return;
  call.is_entry_recorded = true;
  // The parent's copy of the child's number is there before the child runs.
  if (new_task) record_outputs(task, call, 0, nullptr);
  record_in_place(task, call);
  trace::Frame frame = frame_at(task, call.before, call.ticks);
  frame.event = trace::SyscallEnterEvent{.number = call.call.number,
                                         .echo = call.echo,
                                         .new_task = new_task,
                                         .input_checksum = call.input_checksum};
  frame.inputs = std::move(call.inputs);
  append(task, frame);
}

// The kernel takes counters away from a process that executes a program with more rights than its
// user, or one that cannot be read (perf_event_exit_task() in begin_new_exec()).
void Recorder::renew_clock(tracee::Thread& thread) const {
  const Ticks now = thread.clock().now();
  thread.clock() = tracee::TickClock(tracee::make_tick_source(ticks_, thread.real()), ticks_);
  thread.clock().set(now);
}

void Recorder::note_executed(Task& task) {
  tracee::Thread& thread = task.thread;
  const auto* call = std::get_if<InCall>(&task.state);
  if (call == nullptr) thread.clock().set(Ticks{0});
  task.cleared_at_exit = task.robust_list = {};
  task.clock_buffer = std::make_shared<ClockBuffer>();
  task.says_undumpable = std::make_shared<bool>(false);
  task.shared_ranges = std::make_shared<SharedRanges>();
  const tracee::ScratchAreas scratch = tracee::affordable_scratch(thread.real());
  warn_of_lost_rights(thread.real());
  task.scratch_pool = std::make_shared<ScratchPool>(
      scratch == tracee::ScratchAreas::kMapped ? tracee::scratch_memory() : AddressRange{});
  trace::Frame frame = capture_new_program(thread, scratch, sink_, machine_reads_);
  const trace::Frame at = frame_at(task, call == nullptr ? frame.after : call->before,
                                   call == nullptr ? Ticks{0} : call->ticks);
  frame.ticks = at.ticks;
  frame.monotonic_ns = at.monotonic_ns;
  frame.before = at.before;
  const std::string fd_folder = "/proc/" + std::to_string(thread.real().value) + "/fd/";
  // exec gives the process a table of its own.
  task.streams = std::make_shared<OutputStreams>(*task.streams);
  task.streams->after_exec(
      [&](int32_t fd) { return ::access((fd_folder + std::to_string(fd)).c_str(), F_OK) == 0; });
  append(task, frame);
}

// Into the next frame that is appended; into `later` when that is another one.
void Recorder::record_outputs(Task& task, const InCall& call, int64_t result, trace::Frame* later) {
  if (call.plan.regions.empty()) return;
  if (call.scratch) call.scratch->copy_back_changes(task.thread);
  outputs_.clear();
  syscalls::outputs(call.plan, result, task.thread.space(), outputs_);
  if (call.scratch) call.scratch->copy_back(task.thread, outputs_);
  for (const syscalls::Output& output : outputs_) {
    const uint64_t size = size_to_record(output);
    if (later == nullptr) {
      sink_.add_memory(task.thread.space(), output.address, size);
      continue;
    }
    Bytes bytes(size);
    bytes.resize(task.thread.space().read(output.address, bytes));
    later->writes.push_back({output.address, std::move(bytes)});
  }
}

}  // namespace rr::record
