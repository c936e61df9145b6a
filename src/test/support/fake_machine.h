// A Machine that is a list of steps: deterministic, any host, as fast as copying a few numbers.
// What a step does is written down, not computed, so a test says exactly what happens and when.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine/diversion.h"

namespace rr::test {

// Register numbers of a step's changes: x0 to x30 are themselves.
inline constexpr int kSp = 31;
inline constexpr int kPc = 32;

struct FakeWrite {
  Address address;
  Bytes bytes;
};

// One instruction of one task, or (with `event`) something that happens to it instead.
struct FakeStep {
  machine::TaskId task{};
  std::optional<machine::Reason> event{};
  std::vector<std::pair<int, uint64_t>> registers{};  // pc goes on by 4 unless it is named
  std::vector<FakeWrite> writes{};
  std::vector<AddressRange> reads{};
  std::optional<machine::TaskId> starts_thread{};
  bool ends_thread = false;
  std::string fails{};  // the machine cannot go on from here, with this message
  // A frame that nobody is told of (a preemption, say) rather than an instruction.
  bool is_silent_frame = false;
};

struct FakeTask {
  machine::TaskInfo info;
  Registers registers;
  std::map<uint32_t, Bytes> register_sets{};  // by note, beyond those that every task has
};

struct FakeProcess {
  std::string executable;
  Bytes auxiliary_vector;
  std::map<Address, Bytes> memory;  // segments that do not overlap
  machine::ProcessInfo info = {};
};

struct FakeScript {
  std::vector<FakeTask> tasks;  // at the start
  std::map<Pid, FakeProcess> processes;
  std::vector<FakeStep> steps;
};

inline constexpr uint64_t kFakeBytes = 1000;

class FakeMachine final : public machine::Machine {
 public:
  explicit FakeMachine(FakeScript script);

  machine::Stop run(const machine::RunRequest& request) override;
  std::vector<machine::TaskInfo> tasks() const override;
  machine::TaskId current_task() const override;
  machine::Position position() const override;
  Ticks ticks(machine::TaskId task) const override;
  uint64_t elapsed_ns() const override { return next_ * 1000; }
  FrameNumber last_frame() const override;
  uint64_t cost() const override { return next_; }
  std::optional<uint64_t> cost_at(FrameNumber frame) const override;
  uint64_t memory_bytes() const override { return kFakeBytes; }
  Registers registers(machine::TaskId task) const override;
  std::optional<Bytes> register_set(machine::TaskId task, uint32_t note) const override;
  size_t read_memory(Pid pid, Address address, std::span<std::byte> out) const override;
  std::vector<machine::MappingInfo> mappings(Pid pid) const override;
  Bytes auxiliary_vector(Pid pid) const override;
  std::string executable(Pid pid) const override;
  machine::ProcessInfo process_info(Pid pid) const override;
  bool add_breakpoint(const machine::Breakpoint& breakpoint) override;
  void await_breakpoint(const machine::Breakpoint& breakpoint) override;
  void remove_breakpoint(const machine::Breakpoint& breakpoint) override;
  std::vector<machine::Breakpoint> planted_breakpoints() const override {
    return {breakpoints_.begin(), breakpoints_.end()};
  }
  std::unique_ptr<machine::Machine> fork() override;
  std::unique_ptr<machine::Diversion> divert() override;

  bool can_fork = true;
  size_t steps_done() const { return next_; }
  const std::set<machine::Breakpoint>& breakpoints() const { return breakpoints_; }

 private:
  friend class FakeDiversion;
  FakeMachine(const FakeMachine&) = default;

  static bool is_told(const machine::RunRequest& request, const FakeStep& step);
  machine::Stop stop(machine::TaskId task, machine::Reason reason);
  std::optional<machine::BreakpointHit> breakpoint_before(const FakeStep& step) const;
  std::optional<machine::WatchpointHit> watchpoint_behind(const FakeStep& step) const;
  bool is_reached(const machine::Until& until) const;
  void apply(const FakeStep& step);
  void apply_event(const FakeStep& step);
  void write(Pid pid, const FakeWrite& write);

  std::shared_ptr<const FakeScript> script_;
  std::map<machine::TaskId, FakeTask> tasks_;
  std::map<Pid, FakeProcess> processes_;
  std::map<machine::TaskId, uint64_t> ticks_;
  std::set<machine::Breakpoint> breakpoints_;
  machine::TaskId last_task_;
  uint64_t frames_ = 0;
  size_t next_ = 0;
  std::optional<size_t> announced_;  // the step whose signal has been told of
  // Tasks whose stop before their next instruction has been told of.
  std::set<machine::TaskId> standing_;
};

// A copy that is written to. What runs in it is not interpreted: pc goes on by 4, to a breakpoint,
// or to where a call (svc) or no memory at all is.
class FakeDiversion final : public machine::Diversion {
 public:
  explicit FakeDiversion(const FakeMachine& original) : machine_(original) {}

  machine::Machine& machine() override { return machine_; }
  size_t write_memory(Pid pid, Address address, std::span<const std::byte> bytes) override;
  std::optional<Address> allocate(Pid pid, Address there, uint64_t size, uint32_t) override;
  bool write_register_set(machine::TaskId task, uint32_t note,
                          std::span<const std::byte> bytes) override;
  machine::Stop run(const machine::DivertedRun& request) override;

 private:
  FakeMachine machine_;
};

// A program in one process (41, thread 41) that counts x0 up to `rounds` and stores each value:
//   400000 mov x0, #0 | 400004 add x0, x0, #1 | 400008 str x0, [x1] | 40000c cmp x0, #rounds
//   400010 b.ne 400004 | 400014 mov x8, #94 | 400018 svc #0, which ends it with status 7
inline constexpr machine::TaskId kCounter{Pid{41}, Tid{41}};
inline constexpr Address kCounterStart{0x400000};
inline constexpr Address kCounterCell{0x410000};
FakeScript counting_program(uint64_t rounds);

Bytes bytes_of_words(std::initializer_list<uint32_t> words);

}  // namespace rr::test
