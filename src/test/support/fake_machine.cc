#include "support/fake_machine.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

#include "arch/arch.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::test {
namespace {

using machine::Breakpoint;
using machine::BreakpointKind;
using machine::TaskId;

// As the CPU's: so many watchpoints, each of at most a doubleword.
constexpr int kMaxWatchpoints = 4;
constexpr uint64_t kMaxWatchedBytes = 8;
constexpr int kStepsBetweenQuestions = 8;

bool is_watch(BreakpointKind kind) {
  return kind != BreakpointKind::kSoftware && kind != BreakpointKind::kHardware;
}

bool overlap(const AddressRange& a, const AddressRange& b) {
  return a.start < b.end() && b.start < a.end();
}

void set_register(Registers& registers, int number, uint64_t value) {
  CHECK(number >= 0 && number <= kPc) << number;
  if (number == kPc) {
    registers.pc = value;
  } else if (number == kSp) {
    registers.sp = value;
  } else {
    registers.x[static_cast<size_t>(number)] = value;
  }
}

}  // namespace

FakeMachine::FakeMachine(FakeScript script)
    : script_(std::make_shared<const FakeScript>(std::move(script))),
      processes_(script_->processes) {
  CHECK(!script_->tasks.empty());
  for (const FakeTask& task : script_->tasks) tasks_[task.info.id] = task;
  last_task_ = script_->tasks.front().info.id;
  standing_ = {current_task()};
}

// System calls are there in every program; they are events for those who catch them.
bool FakeMachine::is_told(const machine::RunRequest& request, const FakeStep& step) {
  const auto* entered = std::get_if<machine::CallEntered>(&*step.event);
  const auto* returned = std::get_if<machine::CallReturned>(&*step.event);
  if (entered == nullptr && returned == nullptr) return true;
  const int32_t number = entered != nullptr ? entered->number : returned->number;
  return request.catches && request.catches(step.task.pid, number);
}

machine::Stop FakeMachine::stop(TaskId task, machine::Reason reason) {
  last_task_ = task;
  if (std::holds_alternative<machine::BreakpointHit>(reason)) standing_.insert(task);
  return {.task = task, .reason = std::move(reason)};
}

machine::Stop FakeMachine::run(const machine::RunRequest& request) {
  for (int i = 0;; ++i) {
    if (next_ == script_->steps.size()) return stop(last_task_, machine::EndOfReplay{});
    if (i % kStepsBetweenQuestions == 0 && request.interrupted && request.interrupted()) {
      return stop(current_task(), machine::Interrupted{});
    }
    const FakeStep& step = script_->steps[next_];
    if (!step.fails.empty()) fail(step.fails, ExitCode::kDiverged);
    if (const auto hit = breakpoint_before(step)) return stop(step.task, *hit);
    if (request.until && is_reached(*request.until)) return {current_task(), machine::Reached{}};
    const bool is_signal =
        step.event && std::holds_alternative<machine::SignalReceived>(*step.event);
    if (is_signal && std::exchange(announced_, next_) != next_) return stop(step.task, *step.event);
    ++next_;
    apply(step);
    if (is_signal) continue;
    if (step.event && is_told(request, step)) return stop(step.task, *step.event);
    if (step.event) continue;
    if (const auto hit = watchpoint_behind(step)) return stop(step.task, *hit);
    if (request.step == step.task) return stop(step.task, machine::StepDone{});
  }
}

bool FakeMachine::is_reached(const machine::Until& until) const {
  const machine::Position here = position();
  if (here.frame != until.frame) return here.frame > until.frame;
  if (until.ticks) return here.ticks >= *until.ticks;
  const FakeStep& step = script_->steps[next_];
  return step.event || step.is_silent_frame;
}

FrameNumber FakeMachine::last_frame() const {
  return {static_cast<uint64_t>(std::ranges::count_if(
      script_->steps, [](const FakeStep& s) { return s.event || s.is_silent_frame; }))};
}

std::optional<uint64_t> FakeMachine::cost_at(FrameNumber frame) const {
  uint64_t frames = 0;
  for (size_t i = 0; i < script_->steps.size(); ++i) {
    const FakeStep& step = script_->steps[i];
    if (!step.event && !step.is_silent_frame) continue;
    if (++frames == frame.value) return i + 1;
  }
  return std::nullopt;
}

std::optional<machine::BreakpointHit> FakeMachine::breakpoint_before(const FakeStep& step) const {
  if (step.event || step.is_silent_frame || standing_.contains(step.task)) return std::nullopt;
  const Address pc = Arch::pc(registers(step.task));
  for (const auto kind : {BreakpointKind::kSoftware, BreakpointKind::kHardware}) {
    if (breakpoints_.contains({.kind = kind, .pid = step.task.pid, .address = pc, .length = 0})) {
      return machine::BreakpointHit{kind};
    }
  }
  return std::nullopt;
}

std::optional<machine::WatchpointHit> FakeMachine::watchpoint_behind(const FakeStep& step) const {
  for (const Breakpoint& watch : breakpoints_) {
    if (!is_watch(watch.kind) || watch.pid != step.task.pid) continue;
    const AddressRange watched{watch.address, watch.length};
    const bool is_read = std::ranges::any_of(
        step.reads, [&](const AddressRange& read) { return overlap(read, watched); });
    const bool is_written = std::ranges::any_of(step.writes, [&](const FakeWrite& write) {
      return overlap({write.address, write.bytes.size()}, watched);
    });
    if ((is_read && watch.kind != BreakpointKind::kWriteWatch) ||
        (is_written && watch.kind != BreakpointKind::kReadWatch)) {
      return machine::WatchpointHit{watch};
    }
  }
  return std::nullopt;
}

void FakeMachine::apply(const FakeStep& step) {
  last_task_ = step.task;
  CHECK(tasks_.contains(step.task)) << "step " << next_ - 1 << " is of a task that is not alive";
  Registers& registers = tasks_[step.task].registers;
  if (step.event || step.is_silent_frame) {
    ++frames_;
  } else {
    ++ticks_[step.task];
    registers.pc += 4;
    standing_.erase(step.task);
  }
  for (const auto& [number, value] : step.registers) set_register(registers, number, value);
  for (const FakeWrite& w : step.writes) write(step.task.pid, w);
  if (step.starts_thread) {
    FakeTask thread = tasks_[step.task];
    thread.info.id = *step.starts_thread;
    tasks_[*step.starts_thread] = thread;
  }
  if (step.event) apply_event(step);
  if (step.ends_thread) tasks_.erase(step.task);
}

void FakeMachine::apply_event(const FakeStep& step) {
  const Pid pid = step.task.pid;
  const auto remove_breakpoints = [&] {
    std::erase_if(breakpoints_, [&](const Breakpoint& b) { return b.pid == pid; });
  };
  if (const auto* forked = std::get_if<machine::Forked>(&*step.event)) {
    FakeTask child = tasks_[step.task];
    child.info.id = forked->child;
    child.registers.x[0] = 0;
    tasks_[forked->child] = child;
    processes_[forked->child.pid] = processes_[pid];
  } else if (const auto* executed = std::get_if<machine::Executed>(&*step.event)) {
    processes_[pid].executable = executed->executable;
    std::erase_if(tasks_,
                  [&](const auto& t) { return t.first.pid == pid && t.first != step.task; });
    remove_breakpoints();
  } else if (std::holds_alternative<machine::ProcessExited>(*step.event)) {
    std::erase_if(tasks_, [&](const auto& t) { return t.first.pid == pid; });
    remove_breakpoints();
  }
}

void FakeMachine::write(Pid pid, const FakeWrite& write) {
  auto& memory = processes_[pid].memory;
  auto segment = memory.upper_bound(write.address);
  CHECK(segment != memory.begin()) << "write to nowhere";
  --segment;
  const uint64_t offset = write.address - segment->first;
  CHECK(offset + write.bytes.size() <= segment->second.size()) << "write past a segment";
  std::ranges::copy(write.bytes, segment->second.begin() + static_cast<std::ptrdiff_t>(offset));
}

std::vector<machine::TaskInfo> FakeMachine::tasks() const {
  std::vector<machine::TaskInfo> infos;
  for (const auto& [id, task] : tasks_) infos.push_back(task.info);
  return infos;
}

TaskId FakeMachine::current_task() const {
  return next_ < script_->steps.size() ? script_->steps[next_].task : last_task_;
}

machine::Position FakeMachine::position() const {
  return {.frame = {frames_}, .ticks = ticks(current_task())};
}

Ticks FakeMachine::ticks(TaskId task) const {
  const auto found = ticks_.find(task);
  return {found == ticks_.end() ? 0 : found->second};
}

Registers FakeMachine::registers(TaskId task) const {
  const auto found = tasks_.find(task);
  CHECK(found != tasks_.end()) << "thread " << task.tid.value << " is not alive";
  return found->second.registers;
}

// A register of the floating-point set holds a value that tells which one it is.
std::optional<Bytes> FakeMachine::register_set(TaskId task, uint32_t note) const {
  CHECK(tasks_.contains(task)) << "thread " << task.tid.value << " is not alive";
  const auto& own = tasks_.at(task).register_sets;
  if (const auto set = own.find(note); set != own.end()) return set->second;
  constexpr uint32_t kNoteFloat = 2;
  if (note != kNoteFloat) return std::nullopt;
  Arch::FloatRegisters set;
  for (uint64_t i = 0; i < set.v.size(); ++i) set.v[i] = {i, 0x100 + i};
  set.fpsr = 0x11;
  set.fpcr = 0x22;
  return to_bytes(set);
}

size_t FakeMachine::read_memory(Pid pid, Address address, std::span<std::byte> out) const {
  const auto process = processes_.find(pid);
  if (process == processes_.end()) return 0;
  const auto& memory = process->second.memory;
  size_t done = 0;
  while (done < out.size()) {
    auto segment = memory.upper_bound(address + done);
    if (segment == memory.begin()) break;
    --segment;
    const uint64_t offset = address + done - segment->first;
    if (offset >= segment->second.size()) break;
    const size_t count =
        std::min(out.size() - done, segment->second.size() - static_cast<size_t>(offset));
    std::memcpy(out.data() + done, segment->second.data() + offset, count);
    done += count;
  }
  return done;
}

std::vector<machine::MappingInfo> FakeMachine::mappings(Pid pid) const {
  std::vector<machine::MappingInfo> mappings;
  const auto process = processes_.find(pid);
  if (process == processes_.end()) return mappings;
  for (const auto& [start, bytes] : process->second.memory) {
    mappings.push_back({.range = {start, bytes.size()},
                        .protection = PROT_READ | PROT_EXEC,
                        .shared = false,
                        .file_offset = 0,
                        .name = process->second.executable});
  }
  return mappings;
}

Bytes FakeMachine::auxiliary_vector(Pid pid) const {
  const auto process = processes_.find(pid);
  return process == processes_.end() ? Bytes{} : process->second.auxiliary_vector;
}

std::string FakeMachine::executable(Pid pid) const {
  const auto process = processes_.find(pid);
  return process == processes_.end() ? "" : process->second.executable;
}

machine::ProcessInfo FakeMachine::process_info(Pid pid) const {
  const auto process = processes_.find(pid);
  return process == processes_.end() ? machine::ProcessInfo{} : process->second.info;
}

bool FakeMachine::add_breakpoint(const Breakpoint& breakpoint) {
  if (breakpoints_.contains(breakpoint)) return true;
  if (is_watch(breakpoint.kind)) {
    if (breakpoint.length == 0 || breakpoint.length > kMaxWatchedBytes) return false;
    const auto watches =
        std::ranges::count_if(breakpoints_, [](const Breakpoint& b) { return is_watch(b.kind); });
    if (watches >= kMaxWatchpoints) return false;
  } else {
    std::byte first{};
    if (read_memory(breakpoint.pid, breakpoint.address, std::span(&first, 1)) == 0) return false;
  }
  breakpoints_.insert(breakpoint);
  return true;
}

void FakeMachine::await_breakpoint(const Breakpoint& breakpoint) {
  breakpoints_.insert(breakpoint);
}

void FakeMachine::remove_breakpoint(const Breakpoint& breakpoint) {
  breakpoints_.erase(breakpoint);
}

std::unique_ptr<machine::Machine> FakeMachine::fork() {
  if (!can_fork) return nullptr;
  std::unique_ptr<FakeMachine> copy(new FakeMachine(*this));
  copy->announced_.reset();
  return copy;
}

std::unique_ptr<machine::Diversion> FakeMachine::divert() {
  if (!can_fork) return nullptr;
  return std::make_unique<FakeDiversion>(*this);
}

size_t FakeDiversion::write_memory(Pid pid, Address address, std::span<const std::byte> bytes) {
  Bytes there(bytes.size());
  const size_t n = machine_.read_memory(pid, address, there);
  for (size_t i = 0; i < n; ++i) machine_.write(pid, {address + i, {bytes[i]}});
  return n;
}

std::optional<Address> FakeDiversion::allocate(Pid pid, Address there, uint64_t size, uint32_t) {
  constexpr Address kRoom{0x900000};
  const Address at = there == Address{} ? kRoom : there;
  if (!machine_.processes_[pid].memory.emplace(at, Bytes(size)).second) return std::nullopt;
  return at;
}

bool FakeDiversion::write_register_set(TaskId task, uint32_t note,
                                       std::span<const std::byte> bytes) {
  constexpr uint32_t kNoteGeneral = 1;
  FakeTask& written = machine_.tasks_.at(task);
  if (note != kNoteGeneral) {
    written.register_sets[note] = Bytes(bytes.begin(), bytes.end());
    return true;
  }
  written.registers = *object_from<Registers>(bytes);
  machine_.standing_.erase(task);
  return true;
}

machine::Stop FakeDiversion::run(const machine::DivertedRun& request) {
  constexpr int32_t kSegmentationFault = 11;
  Registers& registers = machine_.tasks_.at(request.task).registers;
  for (int i = 0;; ++i) {
    if (i % kStepsBetweenQuestions == 0 && request.interrupted && request.interrupted()) {
      return {request.task, machine::Interrupted{}};
    }
    const Address pc = Arch::pc(registers);
    const bool is_new = machine_.standing_.insert(request.task).second;
    const Breakpoint here{BreakpointKind::kSoftware, request.task.pid, pc, 0};
    if (is_new && request.pace == machine::Pace::kFreely && machine_.breakpoints_.contains(here)) {
      return {request.task, machine::BreakpointHit{}};
    }
    std::array<std::byte, 4> instruction{};
    if (machine_.read_memory(request.task.pid, pc, instruction) != instruction.size()) {
      return {request.task, machine::SignalReceived{kSegmentationFault, Bytes(128)}};
    }
    if (instruction == Arch::kSyscallInstruction) {
      return {request.task, machine::Stuck{"it would end"}};
    }
    registers.pc += 4;
    machine_.standing_.erase(request.task);
    if (request.pace == machine::Pace::kOneInstruction) return {request.task, machine::StepDone{}};
  }
}

Bytes bytes_of_words(std::initializer_list<uint32_t> words) {
  Bytes bytes;
  for (uint32_t word : words) {
    const auto view = bytes_of(word);
    bytes.insert(bytes.end(), view.begin(), view.end());
  }
  return bytes;
}

FakeScript counting_program(uint64_t rounds) {
  FakeScript script;
  FakeTask task{.info = {.id = kCounter, .name = "counter"}, .registers = {}};
  task.registers.x[1] = kCounterCell.value;
  task.registers.sp = 0x7ff000;
  task.registers.pc = kCounterStart.value;
  script.tasks = {task};
  FakeProcess process{.executable = "/bin/counter", .auxiliary_vector = Bytes(32), .memory = {}};
  const auto compare = 0xf100001fU | static_cast<uint32_t>(rounds & 0xfff) << 10;
  process.memory[kCounterStart] = bytes_of_words(
      {0xd2800000, 0x91000400, 0xf9000020, compare, 0x54ffffa1, 0xd2800bc8, 0xd4000001});
  process.memory[kCounterCell] = Bytes(64);
  process.memory[Address{0x7fe000}] = Bytes(0x2000);
  script.processes[kCounter.pid] = process;

  const auto add = [&](FakeStep step) {
    step.task = kCounter;
    script.steps.push_back(std::move(step));
  };
  add({.registers = {{0, 0}}});
  for (uint64_t round = 1; round <= rounds; ++round) {
    add({.registers = {{0, round}}});
    add({.writes = {{kCounterCell, to_bytes(round)}}});
    add({});
    add({.registers = {{kPc, round == rounds ? 0x400014 : 0x400004}}});
  }
  add({.registers = {{8, 94}}});
  add({.event = machine::ProcessExited{.wait_status = 7 << 8}});
  return script;
}

}  // namespace rr::test
