// How far a place that is gone to still is: where checkpoints are left on the way depends on it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "machine/machine.h"

namespace rr::timeline {

class Way {
 public:
  // What is left of it, in Machine::cost(); nothing where nobody knows.
  using Estimate = std::function<std::optional<uint64_t>(const machine::Machine&)>;

  // To nowhere in particular.
  Way() = default;
  explicit Way(Estimate left) : left_(std::move(left)) {}

  // To where Machine::cost() is this.
  static Way to_cost(uint64_t goal);
  static Way to(const machine::Position& goal);
  // To where this thread has run so far. What others run meanwhile is not known: see `end`.
  static Way to_ticks(machine::TaskId task, Ticks ticks);

  // The cost where it ends. Nothing where nobody knows, or where the answer before has proved
  // wrong: the end has gone on by more than half of what has been run since.
  std::optional<uint64_t> end(const machine::Machine& machine);

 private:
  struct Answer {
    uint64_t at;
    uint64_t end;
    bool is_wrong;
  };

  Estimate left_;
  std::optional<Answer> before_;
};

}  // namespace rr::timeline
