// While one thread sits in a blocking call, others run: what the kernel writes for that call must
// not reach memory that they see before the call's frame says so. So the call is given scratch
// memory instead, and what came there is copied to where the program wanted it at the exit.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "record/scratch_pool.h"
#include "syscalls/outputs.h"
#include "tracee/thread.h"
#include "util/bytes.h"
#include "util/types.h"

namespace rr::record {

class Scratch {
 public:
  // The thread is at the call's seccomp stop. Redirects the call's outputs, and the structures by
  // which they are reached, to a piece of the pool; does nothing where they cannot all go there.
  Scratch(tracee::Thread& thread, const syscalls::Plan& plan, const SyscallArguments& call,
          const std::shared_ptr<ScratchPool>& pool);

  // At the exit stop: what the kernel has changed in structures and words goes back first, so that
  // lengths can be read from where the program has them; then, with the call's outputs known, the
  // rest.
  void copy_back_changes(tracee::Thread& thread) const;
  void copy_back(tracee::Thread& thread, std::span<const syscalls::Output> outputs) const;
  // The argument registers as the program had them; the result stays.
  Registers with_program_arguments(Registers at_exit, const Registers& before) const;

  bool is_used() const { return lease_.has_value(); }
  // What argument 1 was made, if it was: a restart may show it (quirk original-argument).
  std::optional<uint64_t> first_argument() const;

 private:
  struct Move {
    syscalls::Region region;  // its size is what the call is given
    Address scratch = {};
    std::optional<size_t> parent = std::nullopt;  // the move in which its address stands
    // What the call is given there; empty if it does not read what it fills.
    Bytes given = {};
  };

  std::optional<size_t> parent_of(const syscalls::Region& region) const;
  bool choose(const syscalls::Plan& plan);
  void shrink();
  uint64_t lay_out();
  bool fill(const tracee::AddressSpace& space);
  void patch(const Move& move);
  void redirect(tracee::Thread& thread) const;
  static void write_changes(tracee::AddressSpace& space, const Move& move);

  std::vector<Move> moves_;  // in the order of the plan's regions
  std::optional<ScratchLease> lease_;
  std::optional<uint64_t> shrunk_count_;  // argument 3, if the call is to read less
};

}  // namespace rr::record
