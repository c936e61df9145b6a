// FrameEncoder: a frame becomes a message.
#include <variant>

#include "trace/codec.h"
#include "trace/message.h"
#include "trace/trace.capnp.h"
#include "trace/varint.h"
#include "util/check.h"

namespace rr::trace {

namespace {

// The schema's enumerators have our numbers.
static_assert(static_cast<int>(schema::TickUnit::TAKEN_BRANCHES) ==
              static_cast<int>(TickUnit::kTakenBranches));
static_assert(static_cast<int>(schema::Echo::STDERR) == static_cast<int>(Echo::kStderr));
static_assert(static_cast<int>(schema::SignalOutcome::STOPPED) ==
              static_cast<int>(SignalOutcome::kStopped));

unsigned count_of(const auto& list) { return static_cast<unsigned>(list.size()); }

void build(schema::Mapping::Builder out, const Mapping& mapping) {
  out.setStart(mapping.range.start.value);
  out.setSize(mapping.range.size);
  out.setProtection(mapping.protection);
  out.setFlags(mapping.flags);
  out.setFileOffset(mapping.file_offset);
  if (mapping.file)
    out.getSource().setFile(mapping.file->value);
  else if (mapping.segment)
    out.getSource().setSegment(*mapping.segment);
  else
    out.getSource().setAnonymous();
  out.setName(data_of(mapping.name));
}

void build(schema::NewTask::Builder out, const NewTask& task) {
  out.setTid(task.tid.value);
  out.setPid(task.pid.value);
  out.setCloneFlags(task.clone_flags);
}

// Fills the union's member for each kind of event.
struct EventBuilder {
  schema::Frame::Event::Builder out;

  void operator()(const ExecEvent& event) {
    auto exec = out.initExec();
    exec.setExecutable(data_of(event.executable));
    auto arguments = exec.initArguments(count_of(event.arguments));
    for (unsigned i = 0; i < arguments.size(); ++i) arguments.set(i, data_of(event.arguments[i]));
    auto mappings = exec.initMappings(count_of(event.mappings));
    for (unsigned i = 0; i < mappings.size(); ++i) build(mappings[i], event.mappings[i]);
    exec.setProgramBreak(event.program_break.value);
    exec.setStackLimit(event.stack_limit);
  }
  void operator()(const SyscallEvent& event) {
    auto syscall = out.initSyscall();
    syscall.setNumber(event.number);
    syscall.setEcho(static_cast<schema::Echo>(event.echo));
    if (event.mapping) build(syscall.initMapping(), *event.mapping);
    if (event.new_task) build(syscall.initNewTask(), *event.new_task);
    syscall.setInputChecksum(event.input_checksum);
  }
  void operator()(const SyscallEnterEvent& event) {
    auto enter = out.initSyscallEnter();
    enter.setNumber(event.number);
    enter.setEcho(static_cast<schema::Echo>(event.echo));
    if (event.new_task) build(enter.initNewTask(), *event.new_task);
    enter.setInputChecksum(event.input_checksum);
  }
  void operator()(const SyscallExitEvent& event) {
    auto exit = out.initSyscallExit();
    exit.setNumber(event.number);
    if (event.mapping) build(exit.initMapping(), *event.mapping);
  }
  void operator()(const SignalEvent& event) {
    auto signal = out.initSignal();
    signal.setNumber(event.number);
    signal.setOutcome(static_cast<schema::SignalOutcome>(event.outcome));
    signal.setSynchronous(event.synchronous);
    signal.setInfo(data_of(event.info));
  }
  void operator()(const InstructionTrapEvent& event) {
    out.initInstructionTrap().setInstruction(event.instruction);
  }
  void operator()(const PreemptEvent&) { out.setPreempt(); }
  void operator()(const TaskExitEvent& event) {
    auto exit = out.initTaskExit();
    exit.setWaitStatus(event.wait_status);
    exit.setLastOfProcess(event.last_of_process);
  }
  void operator()(const FileChangeEvent& event) {
    auto change = out.initFileChange();
    change.setFile(event.file.value);
    change.setSize(event.size);
  }
  void operator()(const RemoteWriteEvent& event) {
    auto write = out.initRemoteWrite();
    write.setTarget(event.target.value);
    write.setStackLimit(event.stack_limit);
  }
  void operator()(const ClockReadsEvent& event) { out.initClockReads().setCount(event.count); }
};

void build(capnp::List<schema::RegisterSet>::Builder out, const std::vector<RegisterSet>& sets) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out[i].setNote(sets[i].note);
    out[i].setBytes(data_of(sets[i].bytes));
  }
}

}  // namespace

std::span<const std::byte> FrameEncoder::pack_state(const Frame& frame,
                                                    std::span<const WriteShape> writes) {
  CHECK(writes.size() <= kMaxWrites) << writes.size();
  constexpr size_t kNumber = 10;  // bytes, at most
  size_t most = kMaxPackedRegisters;
  for (const WriteShape& write : writes) most += (3 + write.runs.size()) * kNumber;

  state_.clear();
  std::byte* const begin = state_.room(most).data();
  std::byte* out = history_.registers.pack(frame.tid, frame.before, frame.after, begin);
  for (const WriteShape& write : writes) {
    out = put_varint(zigzag(write.address - history_.write_address), out);
    out = put_varint(write.size, out);
    out = put_varint(write.runs.size(), out);
    for (const uint32_t run : write.runs) out = put_varint(run, out);
    history_.write_address = write.address;
  }
  return {begin, out};
}

std::span<const std::byte> FrameEncoder::pack_inputs(const std::vector<MemoryWrite>& inputs) {
  constexpr size_t kNumbers = 20;  // two, of ten bytes at most
  inputs_.clear();
  for (const MemoryWrite& input : inputs) {
    std::byte* const begin = inputs_.room(kNumbers).data();
    std::byte* const end = put_varint(input.bytes.size(), put_varint(input.address.value, begin));
    inputs_.add(static_cast<size_t>(end - begin));
    inputs_.append(input.bytes);
  }
  return inputs_.bytes();
}

void FrameEncoder::encode(const Frame& frame, std::span<const WriteShape> writes, Buffer& out) {
  // Zeroes what it used of the scratch space when it goes.
  capnp::MallocMessageBuilder message(kj::arrayPtr(scratch_.data(), scratch_.size()));
  auto built = message.initRoot<schema::Frame>();
  built.setTid(frame.tid.value);
  built.setTicksDelta(history_.tick_delta(frame.tid, frame.ticks));
  built.setMonotonicDelta(frame.monotonic_ns - history_.monotonic_ns);
  history_.monotonic_ns = frame.monotonic_ns;
  built.setState(data_of(pack_state(frame, writes)));
  if (!frame.register_sets.empty())
    build(built.initRegisterSets(count_of(frame.register_sets)), frame.register_sets);
  std::visit(EventBuilder{built.getEvent()}, frame.event);
  if (!frame.inputs.empty()) built.setInputs(data_of(pack_inputs(frame.inputs)));
  built.setVectorChecksum(frame.vector_checksum);
  append_message(message, out);
}

}  // namespace rr::trace
