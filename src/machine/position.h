// A point of execution, as a user names it: how many frames have been replayed, and how far the
// current thread has run since. Totally ordered within one recording.
#pragma once

#include <compare>

#include "arch/arch.h"
#include "util/types.h"

namespace rr::machine {

struct Position {
  FrameNumber frame;  // the last frame that has come true; 0 before the first
  Ticks ticks;        // of the current thread
  auto operator<=>(const Position&) const = default;
};

// A point of execution, exactly: between two instructions. Totally ordered within one recording.
// Made by mark_of(), and otherwise only compared, kept and gone to.
class Mark {
 public:
  Mark() = default;
  Mark(Position position, const Registers& registers)
      : position_(position), registers_(registers) {}

  const Position& position() const { return position_; }
  // Of the current thread; all zero where it has ended.
  const Registers& registers() const { return registers_; }

  // Within one tick code runs straight ahead, whatever a tick counts, so pc decides.
  std::strong_ordering operator<=>(const Mark& other) const {
    const auto by_position = position_ <=> other.position_;
    return by_position != 0 ? by_position : pc() <=> other.pc();
  }
  bool operator==(const Mark& other) const { return (*this <=> other) == 0; }

 private:
  Address pc() const { return Arch::pc(registers_); }

  Position position_{};
  Registers registers_{};
};

}  // namespace rr::machine
