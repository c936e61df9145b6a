// Made-up runs in which going backward is compared with what running forward meets.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/fake_machine.h"
#include "timeline/reverse.h"

namespace rr::test {

// Checkpoints everywhere, for runs of a hundred steps.
inline constexpr timeline::Policy kDense{
    .gap = 16, .nearest = 2, .memory_limit = 1 << 20, .stop = 2, .copy = 3};

// A made-up run: threads and processes take turns, call (with and without output), get signals,
// fork, exec, end.
class Layout {
 public:
  explicit Layout(uint32_t seed) : random_(seed) {
    FakeTask task{.info = {.id = {Pid{10}, Tid{10}}, .name = "first"}, .registers = {}};
    task.registers.pc = kCode;
    script.tasks = {task};
    script.processes[Pid{10}] = {
        .executable = "/bin/first",
        .auxiliary_vector = {},
        .memory = {{Address{kCode}, Bytes(0x1000)}, {Address{kData}, Bytes(0x100)}}};
    alive_ = {task.info.id};
    const int turns = 3 + pick(12);
    for (int i = 0; i < turns && !alive_.empty(); ++i) take_turn();
  }

  FakeScript script;

  timeline::Breakpoints breakpoints() {
    timeline::Breakpoints chosen;
    const int count = pick(4);
    for (int i = 0; i < count; ++i) chosen.push_back(breakpoint());
    return chosen;
  }

 private:
  static constexpr uint64_t kCode = 0x1000;
  static constexpr uint64_t kData = 0x8000;

  int pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }

  machine::Breakpoint breakpoint() {
    const Pid pid = pids_[static_cast<size_t>(pick(static_cast<int>(pids_.size())))];
    if (pick(3) == 0) {
      const auto kind = pick(2) == 0 ? machine::BreakpointKind::kWriteWatch
                                     : machine::BreakpointKind::kAccessWatch;
      return {kind, pid, Address{kData + 8 * static_cast<uint64_t>(pick(4))}, 8};
    }
    return {machine::BreakpointKind::kSoftware, pid,
            Address{kCode + 4 * static_cast<uint64_t>(pick(12))}, 0};
  }

  void add(FakeStep step) { script.steps.push_back(std::move(step)); }

  void instructions(machine::TaskId task) {
    const int count = pick(14);
    for (int i = 0; i < count; ++i) {
      FakeStep step{.task = task};
      step.registers = {{0, ++value_}, {kPc, kCode + 4 * static_cast<uint64_t>(pick(12))}};
      const Address cell{kData + 8 * static_cast<uint64_t>(pick(4))};
      if (pick(6) == 0) step.writes = {{cell, to_bytes(value_)}};
      if (pick(6) == 0) step.reads = {{cell, 8}};
      add(step);
    }
  }

  void take_turn() {
    const size_t index = static_cast<size_t>(pick(static_cast<int>(alive_.size())));
    const machine::TaskId task = alive_[index];
    instructions(task);
    FakeStep frame{.task = task};
    frame.registers = {{1, ++value_}};
    switch (pick(8)) {
      case 0:
        frame.event = machine::SignalReceived{.number = 10 + pick(2), .info = {}};
        break;
      case 1: {
        const machine::TaskId child{Pid{++last_id_}, Tid{last_id_}};
        frame.event = machine::Forked{child, false};
        alive_.push_back(child);
        pids_.push_back(child.pid);
        break;
      }
      case 2: {
        const machine::TaskId thread{task.pid, Tid{++last_id_}};
        frame.is_silent_frame = true;
        frame.starts_thread = thread;
        alive_.push_back(thread);
        break;
      }
      case 3:
        if (alive_.size() == 1) {
          frame.is_silent_frame = true;
          break;
        }
        frame.event = machine::ProcessExited{0};
        std::erase_if(alive_, [&](machine::TaskId t) { return t.pid == task.pid; });
        break;
      case 4:  // a call with output
        frame.is_silent_frame = true;
        frame.writes = {{Address{kData + 8 * static_cast<uint64_t>(pick(4))}, to_bytes(value_)}};
        break;
      default:  // gives way to another: nothing of its own changes
        frame.is_silent_frame = true;
        frame.registers.clear();
    }
    add(frame);
  }

  std::mt19937 random_;
  std::vector<machine::TaskId> alive_;
  std::vector<Pid> pids_{Pid{10}};
  int32_t last_id_ = 10;
  uint64_t value_ = 0;
};

bool is_end_of_replay(const machine::Stop& stop);
bool is_told(machine::Machine& machine, const machine::Stop& stop);
size_t steps_done(timeline::Timeline& timeline);

// Runs a layout forward to somewhere and then back by reverse_continue, from stop to stop, to the
// start. What went wrong, or nothing.
std::string check_layout(uint32_t seed);

}  // namespace rr::test
