// What a diverted thread gets for its system calls. Nothing leaves the process: memory is the
// copy's, time and identity are the recording's, output is shown to the user, and what would reach
// the world is refused, so that a function called from a debugger changes nothing anywhere.
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "replay/task.h"
#include "trace/frame.h"

namespace rr::replay {

// What the call returns: a value, or minus an errno.
struct CallAnswered {
  int64_t result = 0;
};
// It returns 0 and has sent this signal to its own thread.
struct CallRaised {
  siginfo_t info{};
};
// It never returns: the thread stays before it.
struct CallStuck {
  std::string why;
};
using DivertedCall = std::variant<CallAnswered, CallRaised, CallStuck>;

class DiversionCalls final {
 public:
  struct Place {
    uint64_t monotonic_ns = 0;  // the recorded time, as the two clocks have it
    int64_t realtime_ns = 0;
  };
  // Gets what the program writes to its standard output or error.
  using Output = std::function<void(trace::Echo, std::string_view)>;
  using Tell = std::function<void(const std::string&)>;

  DiversionCalls(const Place& place, Output output) : place_(place), output_(std::move(output)) {}

  // The thread stands before its system-call instruction and is left there; registers are the
  // caller's to change. `tell` gets a line for each kind of call that is refused.
  DivertedCall make(Task& task, const Tell& tell);

 private:
  struct Request {
    Task& task;
    SyscallArguments call;
    const Tell& tell;
  };
  struct Row;
  static const Row kRows[];

  DivertedCall refuse(const Request& request, int32_t error);
  DivertedCall no_file(const Request& request);
  DivertedCall no_call(const Request& request);
  DivertedCall succeed(const Request& request);
  DivertedCall brk(const Request& request);
  DivertedCall mmap(const Request& request);
  DivertedCall mremap(const Request& request);
  DivertedCall change_range(const Request& request);
  DivertedCall write(const Request& request);
  DivertedCall write_vector(const Request& request);
  DivertedCall write_parts(const Request& request, const std::vector<AddressRange>& parts);
  DivertedCall describe_descriptor(const Request& request);
  DivertedCall describe_path(const Request& request);
  DivertedCall control_terminal(const Request& request);
  DivertedCall process_id(const Request& request);
  DivertedCall thread_id(const Request& request);
  DivertedCall parent_id(const Request& request);
  DivertedCall user_id(const Request& request);
  DivertedCall tell_time(const Request& request);
  DivertedCall time_of_day(const Request& request);
  DivertedCall sleep(const Request& request);
  DivertedCall random(const Request& request);
  DivertedCall old_signal_action(const Request& request);
  DivertedCall old_signal_mask(const Request& request);
  DivertedCall send_signal(const Request& request);
  DivertedCall futex(const Request& request);
  DivertedCall end(const Request& request);

  Place place_;
  Output output_;
  uint64_t random_state_ = 0;
  std::set<int32_t> refused_;  // what has been told of
};

}  // namespace rr::replay
