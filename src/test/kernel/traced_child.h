// A child under trace whose program is a few instructions of assembly in the test: it stops before
// the first of them, with registers that the test chooses. The test may use the kernel/ types, or
// go past them by the raw_ functions to see what the kernel does by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "arch/aarch64/syscall_stops.h"
#include "kernel/memory.h"
#include "kernel/ptrace.h"
#include "util/types.h"

namespace rr::test {

class TracedChild {
 public:
  enum class Filter { kNone, kTraceEveryCall };
  struct Options {
    void (*prepare)() = nullptr;  // runs in the child: signal dispositions, its mask, pipes
    Filter filter = Filter::kNone;
  };

  // `program` is the label of the first instruction.
  explicit TracedChild(const char& program) : TracedChild(program, Options()) {}
  TracedChild(const char& program, Options options);
  // Kills it.
  ~TracedChild();
  TracedChild(const TracedChild&) = delete;
  TracedChild& operator=(const TracedChild&) = delete;

  Tid tid() const { return tid_; }
  kernel::Stopped& now() { return *stopped_; }
  const Registers& registers() const { return stopped_->registers(); }
  uint64_t x(size_t index) const { return registers().x[index]; }
  void set_x(size_t index, uint64_t value);
  // The index of the next instruction in the program.
  int64_t at() const;
  void move_to(int64_t index);
  // Why the present SIGTRAP stop came.
  aarch64::TrapKind trap() const;

  // Resumes and waits for the next stop.
  kernel::Stopped& go(kernel::Resume how, int signal = 0);
  // Resumes; wait() has to follow.
  void start(kernel::Resume how, int signal = 0);
  kernel::Stopped& wait();
  // Steps until at() is `index`.
  void step_to(int64_t index);
  // For a started child: until it sleeps in a call.
  void wait_until_asleep() const;
  void send(int signal) const;

  // PTRACE_SINGLESTEP, with registers written only if the test has changed them.
  kernel::Stopped& raw_step();
  // At once, past the copy that kernel::Stopped keeps.
  Registers raw_registers() const;
  void raw_set_registers(const Registers& registers);

  // A line of /proc/PID/status, as a number in hexadecimal: SigBlk, SigIgn, SigCgt.
  uint64_t status(const std::string& name) const;
  bool is_in_status(const std::string& name, int signal) const;

  kernel::ProcessMemory memory() const { return kernel::ProcessMemory(tid_); }

 private:
  Tid tid_;
  Address program_;
  std::optional<kernel::Stopped> stopped_;
};

inline constexpr TracedChild::Options kFiltered = {.filter = TracedChild::Filter::kTraceEveryCall};

// Ends a traced process, whatever it is doing, and waits for that.
void kill_traced(Tid tid);

inline Address address_of(const void* object) {
  return {static_cast<uint64_t>(reinterpret_cast<uintptr_t>(object))};
}

}  // namespace rr::test
