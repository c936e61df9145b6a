// What a thread has forbidden itself by seccomp(2). The kernel would hold the recorder's injected
// calls to it as well, so the program's filters are kept here and asked about the program's calls
// only; the kernel gets others in their place, for its bookkeeping (recorder_sandbox.cc).
#pragma once

#include <cstdint>
#include <memory>

#include "arch/arch.h"
#include "syscalls/filter_program.h"

namespace rr::record {

enum class Fate : uint8_t {
  kRuns,
  kError,        // not run: fails with the verdict's errno
  kTrap,         // not run: SIGSYS
  kNotify,       // the filter's supervisor decides
  kKillThread,   // SIGSYS
  kKillProcess,  // SIGSYS
  kKillStrictly  // SIGKILL: strict mode
};

struct Verdict {
  Fate fate = Fate::kRuns;
  uint16_t data = 0;  // kError: the errno; kTrap: si_errno
};

enum class Listener : bool { kNone, kSome };

// A value: a new thread gets a copy of its parent's.
class Sandbox {
 public:
  bool is_empty() const { return newest_ == nullptr && !is_strict_; }
  bool has_filters() const { return newest_ != nullptr; }

  // As seccomp_attach_filter() has it (kernel/seccomp.c), which counts the instructions that it has
  // made of these, and so takes fewer. Requires a valid filter.
  bool has_room_for(const syscalls::FilterProgram& program) const;
  void add(syscalls::FilterProgram program, Listener listener);
  void make_strict() { is_strict_ = true; }

  // `pc` is behind the call's instruction.
  Verdict judge(const SyscallArguments& call, Address pc) const;

 private:
  struct Filter {
    syscalls::FilterProgram program;
    Listener listener;
    std::shared_ptr<const Filter> older;
  };
  std::shared_ptr<const Filter> newest_;
  bool is_strict_ = false;
};

}  // namespace rr::record
