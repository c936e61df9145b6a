#include "cli/describe_frame.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <span>

#include "cli/frame_memory.h"
#include "cli/json.h"
#include "cli/trace_summary.h"
#include "syscalls/describe_memory.h"
#include "syscalls/errno_names.h"
#include "syscalls/show_objects.h"

namespace rr::cli {
namespace {

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string_view outcome_name(trace::SignalOutcome outcome) {
  switch (outcome) {
    case trace::SignalOutcome::kHandled:
      return "handled";
    case trace::SignalOutcome::kIgnored:
      return "ignored";
    case trace::SignalOutcome::kFatal:
      return "fatal";
    case trace::SignalOutcome::kStopped:
      return "stopped";
  }
  return "?";
}

// Whether a signal came into the call, which is made again behind it: then the thread stands at the
// instruction, with its arguments, and there is no result.
bool is_to_be_restarted(const trace::Frame& frame) {
  return Arch::pc(frame.after) + Arch::kSyscallInstructionSize == Arch::pc(frame.before);
}

syscalls::DescribedCall described(const trace::Frame& frame) {
  const FrameMemory at_entry(frame.inputs);
  const FrameMemory at_exit(frame.writes);
  syscalls::DescribedCall call =
      syscalls::describe_call(Arch::syscall_arguments(frame.before),
                              Arch::syscall_result(frame.after), {at_entry, at_exit});
  if (is_to_be_restarted(frame)) call.result = "? (to be restarted)";
  return call;
}

syscalls::DescribedCall described_entry(const trace::Frame& frame) {
  return syscalls::describe_entry(Arch::syscall_arguments(frame.before), FrameMemory(frame.inputs));
}

struct Describe {
  const trace::Frame& frame;

  std::string operator()(const trace::ExecEvent& e) const {
    std::string text = "exec " + shown_word(e.executable);
    for (size_t i = 1; i < e.arguments.size(); ++i) text += " " + shown_word(e.arguments[i]);
    return text;
  }
  std::string operator()(const trace::SyscallEvent&) const { return described(frame).text(); }
  std::string operator()(const trace::SyscallEnterEvent&) const {
    return described_entry(frame).text() + " <unfinished ...>";
  }
  std::string operator()(const trace::SyscallExitEvent&) const {
    return "<... resumed> " + described(frame).text();
  }
  std::string operator()(const trace::SignalEvent& e) const {
    const auto info = syscalls::show_siginfo(e.info);
    return "signal " + syscalls::signal_name(e.number) + (info ? " " + *info : "") + " " +
           std::string(outcome_name(e.outcome)) +
           (e.synchronous ? ", raised by the instruction at " : ", at ") + hex(frame.before.pc);
  }
  std::string operator()(const trace::InstructionTrapEvent& e) const {
    return "instruction " + hex(e.instruction) + " emulated at " + hex(frame.before.pc);
  }
  std::string operator()(const trace::PreemptEvent&) const {
    return "preempted at " + hex(frame.before.pc);
  }
  std::string operator()(const trace::TaskExitEvent& e) const {
    const int status = e.wait_status;
    if ((status & 0x7f) == 0) return "exit with code " + std::to_string((status >> 8) & 0xff);
    return "killed by " + syscalls::signal_name(status & 0x7f);
  }
  std::string operator()(const trace::FileChangeEvent& e) const {
    return "mapped file " + std::to_string(e.file.value) + " changed, its size is " +
           std::to_string(e.size);
  }
  std::string operator()(const trace::RemoteWriteEvent& e) const {
    const std::string target = "thread " + std::to_string(e.target.value);
    if (e.stack_limit != 0)
      return "stack of " + target + " limited to " + std::to_string(e.stack_limit);
    return "memory of " + target + " written";
  }
  std::string operator()(const trace::ClockReadsEvent& e) const {
    return "clock readings without a stop: " + std::to_string(e.count);
  }
};

const char* echo_name(trace::Echo echo) {
  switch (echo) {
    case trace::Echo::kNone:
      return "";
    case trace::Echo::kStdout:
      return "stdout";
    case trace::Echo::kStderr:
      return "stderr";
  }
  return "";
}

std::string mapping_json(const trace::Mapping& mapping) {
  JsonObject object;
  object.add_raw("start", json_hex(mapping.range.start.value))
      .add_raw("end", json_hex(mapping.range.end().value))
      .add("protection", mapping.protection)
      .add("flags", mapping.flags);
  if (mapping.file) object.add("file", mapping.file->value).add("offset", mapping.file_offset);
  if (!mapping.name.empty()) object.add("name", mapping.name);
  return object.text();
}

std::string new_task_json(const trace::NewTask& made) {
  return JsonObject()
      .add("tid", made.tid.value)
      .add("pid", made.pid.value)
      .add_raw("cloneFlags", json_hex(made.clone_flags))
      .text();
}

struct AddEvent {
  const trace::Frame& frame;
  JsonObject& out;

  void call(int32_t number, const syscalls::DescribedCall& text) const {
    out.add("number", number)
        .add("name", text.name)
        .add_raw("arguments", json_strings(text.arguments));
  }
  void result(const syscalls::DescribedCall& text) const {
    if (!is_to_be_restarted(frame)) out.add("result", Arch::syscall_result(frame.after));
    out.add("resultText", text.result);
  }

  void operator()(const trace::ExecEvent& e) const {
    out.add("executable", e.executable).add_raw("arguments", json_strings(e.arguments));
    JsonArray mappings;
    for (const trace::Mapping& mapping : e.mappings) mappings.add_raw(mapping_json(mapping));
    out.add_raw("mappings", mappings.text());
    out.add_raw("programBreak", json_hex(e.program_break.value));
  }
  void operator()(const trace::SyscallEvent& e) const {
    const syscalls::DescribedCall text = described(frame);
    call(e.number, text);
    result(text);
    if (e.echo != trace::Echo::kNone) out.add("echo", echo_name(e.echo));
    if (e.mapping) out.add_raw("mapping", mapping_json(*e.mapping));
    if (e.new_task) out.add_raw("newTask", new_task_json(*e.new_task));
  }
  void operator()(const trace::SyscallEnterEvent& e) const {
    call(e.number, described_entry(frame));
    if (e.echo != trace::Echo::kNone) out.add("echo", echo_name(e.echo));
    if (e.new_task) out.add_raw("newTask", new_task_json(*e.new_task));
  }
  void operator()(const trace::SyscallExitEvent& e) const {
    const syscalls::DescribedCall text = described(frame);
    call(e.number, text);
    result(text);
    if (e.mapping) out.add_raw("mapping", mapping_json(*e.mapping));
  }
  void operator()(const trace::SignalEvent& e) const {
    out.add("number", e.number)
        .add("name", syscalls::signal_name(e.number))
        .add("outcome", outcome_name(e.outcome))
        .add("synchronous", e.synchronous);
    if (const auto info = syscalls::show_siginfo(e.info)) out.add("siginfo", *info);
  }
  void operator()(const trace::InstructionTrapEvent& e) const {
    out.add_raw("instruction", json_hex(e.instruction));
  }
  void operator()(const trace::PreemptEvent&) const {}
  void operator()(const trace::TaskExitEvent& e) const {
    out.add_raw("exit", end_text(e.wait_status)).add("lastOfProcess", e.last_of_process);
  }
  void operator()(const trace::FileChangeEvent& e) const {
    out.add("file", e.file.value).add("size", e.size);
  }
  void operator()(const trace::RemoteWriteEvent& e) const {
    out.add("target", e.target.value);
    if (e.stack_limit != 0) out.add("stackLimit", e.stack_limit);
  }
  void operator()(const trace::ClockReadsEvent& e) const { out.add("count", e.count); }
};

std::string registers_json(const Registers& registers) {
  JsonObject object;
  for (size_t i = 0; i < registers.x.size(); ++i)
    object.add_raw("x" + std::to_string(i), json_hex(registers.x[i]));
  return object.add_raw("sp", json_hex(registers.sp))
      .add_raw("pc", json_hex(registers.pc))
      .add_raw("cpsr", json_hex(registers.pstate))
      .text();
}

std::string writes_json(const std::vector<trace::MemoryWrite>& writes) {
  JsonArray array;
  for (const trace::MemoryWrite& write : writes) {
    array.add_raw(JsonObject()
                      .add_raw("address", json_hex(write.address.value))
                      .add("size", write.bytes.size())
                      .text());
  }
  return array.text();
}

bool has(FrameDetail detail, FrameDetail part) {
  return (static_cast<unsigned>(detail) & static_cast<unsigned>(part)) != 0;
}

bool is_bare(char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; }

}  // namespace

std::string shown_word(const std::string& text) {
  if (!text.empty() && std::ranges::all_of(text, is_bare)) return text;
  return syscalls::quoted(std::as_bytes(std::span(text)), SIZE_MAX);
}

std::string describe_frame(FrameNumber number, const trace::Frame& frame) {
  return std::to_string(number.value) + " tid " + std::to_string(frame.tid.value) + " ticks " +
         std::to_string(frame.ticks.value) + ": " + std::visit(Describe{frame}, frame.event);
}

const char* event_name(const trace::Event& event) {
  // In the order of the variant.
  constexpr const char* kNames[] = {"exec",       "syscall",         "syscallEnter", "syscallExit",
                                    "signal",     "instructionTrap", "preempt",      "taskExit",
                                    "fileChange", "remoteWrite",     "clockReads"};
  static_assert(std::size(kNames) == std::variant_size_v<trace::Event>);
  return kNames[event.index()];
}

std::string frame_json(FrameNumber number, const trace::Frame& frame, FrameDetail detail) {
  JsonObject object;
  object.add("frame", number.value)
      .add("tid", frame.tid.value)
      .add("ticks", frame.ticks.value)
      .add("timeNs", frame.monotonic_ns)
      .add("event", event_name(frame.event));
  std::visit(AddEvent{frame, object}, frame.event);
  object.add_raw("pc", json_hex(frame.before.pc));
  if (has(detail, FrameDetail::kRegisters)) {
    object.add_raw("before", registers_json(frame.before))
        .add_raw("after", registers_json(frame.after));
  }
  if (has(detail, FrameDetail::kMemory)) object.add_raw("writes", writes_json(frame.writes));
  return object.text();
}

}  // namespace rr::cli
