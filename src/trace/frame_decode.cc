// FrameDecoder: a message becomes a frame, or an error that says what is wrong with it.
#include "trace/codec.h"
#include "trace/message.h"
#include "trace/trace.capnp.h"
#include "trace/varint.h"

namespace rr::trace {

namespace {

template <typename Ours, typename Schema>
Ours known(Schema value, Schema last, const char* what, const Place& place) {
  if (value > last)
    fail_newer(place,
               std::string("unknown ") + what + " " + std::to_string(static_cast<unsigned>(value)));
  return static_cast<Ours>(value);
}

void check_count(unsigned count, unsigned limit, const char* what, const Place& place) {
  if (count > limit) fail_damaged(place, "a frame claims " + std::to_string(count) + " " + what);
}

Echo known_echo(schema::Echo echo, const Place& place) {
  return known<Echo>(echo, schema::Echo::STDERR, "output stream", place);
}

void read(capnp::Data::Reader data, Bytes& out) {
  const auto bytes = bytes_in(data);
  out.assign(bytes.begin(), bytes.end());
}

Mapping read(schema::Mapping::Reader in, const Place& place) {
  Mapping mapping = {.range = {{in.getStart()}, in.getSize()},
                     .protection = in.getProtection(),
                     .flags = in.getFlags(),
                     .file = std::nullopt,
                     .file_offset = in.getFileOffset(),
                     .name = text_in(in.getName()),
                     .segment = std::nullopt};
  if (mapping.range.end() < mapping.range.start)
    fail_damaged(place, "a mapping wraps around the end of memory");
  const auto source = in.getSource();
  if (source.isFile())
    mapping.file = FileId{source.getFile()};
  else if (source.isSegment())
    mapping.segment = source.getSegment();
  else if (!source.isAnonymous())
    fail_newer(place, "a mapping of unknown kind");
  return mapping;
}

NewTask read(schema::NewTask::Reader in) {
  return {{in.getTid()}, {in.getPid()}, in.getCloneFlags()};
}

// An absent pointer is an absent value.
template <typename In>
std::optional<Mapping> read_mapping(In in, const Place& place) {
  if (!in.hasMapping()) return std::nullopt;
  return read(in.getMapping(), place);
}

template <typename In>
std::optional<NewTask> read_new_task(In in) {
  if (!in.hasNewTask()) return std::nullopt;
  return read(in.getNewTask());
}

ExecEvent read(schema::ExecEvent::Reader in, const Place& place) {
  ExecEvent event;
  event.executable = text_in(in.getExecutable());
  for (const auto argument : in.getArguments()) event.arguments.push_back(text_in(argument));
  check_count(in.getMappings().size(), kMaxMappings, "mappings", place);
  for (const auto mapping : in.getMappings()) event.mappings.push_back(read(mapping, place));
  event.program_break = {in.getProgramBreak()};
  event.stack_limit = in.getStackLimit();
  return event;
}

SignalEvent read(schema::Frame::Event::Signal::Reader in, const Place& place) {
  SignalEvent event = {
      .number = in.getNumber(),
      .outcome = known<SignalOutcome>(in.getOutcome(), schema::SignalOutcome::STOPPED,
                                      "outcome of a signal", place),
      .synchronous = in.getSynchronous(),
      .info = {}};
  read(in.getInfo(), event.info);
  return event;
}

Event read(schema::Frame::Event::Reader in, const Place& place) {
  using Which = schema::Frame::Event::Which;
  switch (in.which()) {
    case Which::EXEC:
      return read(in.getExec(), place);
    case Which::SYSCALL: {
      const auto syscall = in.getSyscall();
      return SyscallEvent{syscall.getNumber(), known_echo(syscall.getEcho(), place),
                          read_mapping(syscall, place), read_new_task(syscall),
                          syscall.getInputChecksum()};
    }
    case Which::SYSCALL_ENTER: {
      const auto enter = in.getSyscallEnter();
      return SyscallEnterEvent{enter.getNumber(), known_echo(enter.getEcho(), place),
                               read_new_task(enter), enter.getInputChecksum()};
    }
    case Which::SYSCALL_EXIT:
      return SyscallExitEvent{in.getSyscallExit().getNumber(),
                              read_mapping(in.getSyscallExit(), place)};
    case Which::SIGNAL:
      return read(in.getSignal(), place);
    case Which::INSTRUCTION_TRAP:
      return InstructionTrapEvent{in.getInstructionTrap().getInstruction()};
    case Which::PREEMPT:
      return PreemptEvent{};
    case Which::TASK_EXIT:
      return TaskExitEvent{in.getTaskExit().getWaitStatus(), in.getTaskExit().getLastOfProcess()};
    case Which::FILE_CHANGE:
      return FileChangeEvent{{in.getFileChange().getFile()}, in.getFileChange().getSize()};
    case Which::REMOTE_WRITE:
      return RemoteWriteEvent{{in.getRemoteWrite().getTarget()},
                              in.getRemoteWrite().getStackLimit()};
    case Which::CLOCK_READS:
      return ClockReadsEvent{in.getClockReads().getCount()};
  }
  fail_newer(place, "unknown event " + std::to_string(static_cast<unsigned>(in.which())));
}

void read(capnp::List<schema::RegisterSet>::Reader in, std::vector<RegisterSet>& out,
          const Place& place) {
  check_count(in.size(), kMaxRegisterSets, "register sets", place);
  out.resize(in.size());
  for (unsigned i = 0; i < in.size(); ++i) {
    out[i].note = in[i].getNote();
    read(in[i].getBytes(), out[i].bytes);
  }
}

void read(VarintReader& in, WriteShape& out, const Place& place) {
  out.size = in.next();
  out.runs.clear();
  uint64_t runs = in.next();
  if (runs == 0) return;
  uint64_t total = 0;
  for (; runs > 0 && in.has_more(); --runs) {
    const uint64_t run = in.next();
    if (run > UINT32_MAX) fail_damaged(place, "a part of a memory write is impossibly long");
    out.runs.push_back(static_cast<uint32_t>(run));
    total += run;
  }
  if (runs > 0 || total != out.size)
    fail_damaged(place, "the parts of a memory write do not add up to its size");
}

void read_inputs(std::span<const std::byte> packed, std::vector<MemoryWrite>& inputs,
                 const Place& place) {
  inputs.clear();
  VarintReader in(packed);
  while (in.has_more()) {
    const Address address = {in.next()};
    const auto bytes = in.take(in.next());
    inputs.push_back({address, {bytes.begin(), bytes.end()}});
  }
  if (!in.is_sound()) fail_damaged(place, "what a call's arguments pointed to is cut short");
}

}  // namespace

void FrameDecoder::unpack_state(std::span<const std::byte> packed, Frame& frame,
                                std::vector<WriteShape>& writes, const Place& place) {
  VarintReader in(packed);
  history_.registers.unpack(frame.tid, in, frame.before, frame.after, place);
  size_t count = 0;
  uint64_t holes = 0;
  while (in.has_more()) {
    if (count == kMaxWrites) fail_damaged(place, "a frame has too many memory writes");
    if (count == writes.size()) writes.emplace_back();
    WriteShape& write = writes[count++];
    history_.write_address = history_.write_address + unzigzag(in.next());
    write.address = history_.write_address;
    read(in, write, place);
    holes += write.size - write.stored_size();
  }
  writes.resize(count);
  if (!in.is_sound()) fail_damaged(place, "a frame's registers or memory writes are cut short");
  if (holes > kMaxHoleBytes) fail_damaged(place, "a frame leaves out more zeros than it may");
}

void FrameDecoder::decode(std::span<const std::byte>& block, Frame& frame,
                          std::vector<WriteShape>& writes, const Place& place) {
  const auto message = take_message(block, place);
  read_message<schema::Frame>(message, scratch_, place, [&](schema::Frame::Reader in) {
    frame.tid = {in.getTid()};
    frame.ticks = history_.ticks_after(frame.tid, in.getTicksDelta());
    frame.monotonic_ns = history_.monotonic_ns += in.getMonotonicDelta();
    unpack_state(bytes_in(in.getState()), frame, writes, place);
    read(in.getRegisterSets(), frame.register_sets, place);
    frame.event = read(in.getEvent(), place);
    read_inputs(bytes_in(in.getInputs()), frame.inputs, place);
    frame.vector_checksum = in.getVectorChecksum();
  });
}

}  // namespace rr::trace
