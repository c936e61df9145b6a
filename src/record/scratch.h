// While one thread sits in a blocking call, others run: what the kernel writes for that call must
// not reach memory that they see before the call's frame says so. So the call is given scratch
// memory instead, and what came there is copied to where the program wanted it at the exit.
#pragma once

#include <vector>

#include "syscalls/outputs.h"
#include "tracee/thread.h"
#include "util/types.h"

namespace rr::record {

class Scratch {
 public:
  // The thread is at the call's seccomp stop. Redirects the call's outputs to the thread's scratch
  // area, where all of them fit and each is a plain argument; otherwise does nothing.
  Scratch(tracee::Thread& thread, const syscalls::Plan& plan, AddressRange area);

  // At the exit stop: what is small, or whose length the result does not tell, goes back first, so
  // that lengths can be read from where the program has them; then, with the call's outputs known,
  // the rest.
  void copy_back_words(tracee::Thread& thread) const;
  void copy_back(tracee::Thread& thread, const syscalls::Output& output) const;
  // The argument registers as the program had them; the result stays.
  Registers with_program_arguments(Registers at_exit, const Registers& before) const;

  bool is_used() const { return !moves_.empty(); }

 private:
  struct Move {
    Address program;
    Address scratch;
    uint64_t size;
    uint8_t argument;  // from 1
    bool is_whole;     // copied back whatever the result
  };
  std::vector<Move> moves_;
};

}  // namespace rr::record
