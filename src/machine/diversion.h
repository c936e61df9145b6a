// A copy of a machine, in the state that it has, which may be written to and which runs by itself,
// away from what was recorded: what a debugger calls functions of the program in. Nothing of it
// comes back to the machine that it was made from; destroying it is the way back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "machine/machine.h"

namespace rr::machine {

enum class Pace { kFreely, kOneInstruction };

struct DivertedRun {
  TaskId task;  // runs; all others stand
  Pace pace = Pace::kFreely;
  // As in RunRequest.
  std::function<bool()> interrupted;
  // Given text for the user while the thread runs: what it asked the kernel for in vain, and what
  // it wrote where that is shown nowhere else. May be empty.
  std::function<void(const std::string&)> tell;
};

class Diversion {
 public:
  virtual ~Diversion() = default;

  // To be looked at, and to have breakpoints. Its own run() and fork() mean nothing here.
  virtual Machine& machine() = 0;

  // Bytes written before the first that cannot be.
  virtual size_t write_memory(Pid pid, Address address, std::span<const std::byte> bytes) = 0;
  // Memory of its own for the debugger: there if nothing is, at a place of the copy's choice where
  // there is null. PROT_* as `protection`.
  virtual std::optional<Address> allocate(Pid pid, Address there, uint64_t size,
                                          uint32_t protection) = 0;
  // A whole register set by its kernel note; false where it cannot be had.
  virtual bool write_register_set(TaskId task, uint32_t note, std::span<const std::byte> bytes) = 0;

  // To a breakpoint, a watched access, the end of the step, a signal (which is not delivered, and
  // is met again by going on where an instruction raised it), Interrupted or Stuck. Throws Error
  // when the copy is lost.
  virtual Stop run(const DivertedRun& request) = 0;
};

}  // namespace rr::machine
