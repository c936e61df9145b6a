// One thread of the traced tree, in mechanism: its stop or run state, its process's memory, its
// clock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "kernel/ptrace.h"
#include "tracee/address_space.h"
#include "tracee/tick_clock.h"
#include "util/check.h"
#include "util/types.h"

namespace rr::tracee {

struct Dead {};

class Thread {
 public:
  // `id` is the number the recording knows it by; the real one stands in `state`.
  Thread(Tid id, Pid process, kernel::Stopped stopped, std::shared_ptr<AddressSpace> space,
         TickClock clock)
      : id_(id),
        process_(process),
        real_(stopped.tid()),
        state_(std::move(stopped)),
        space_(std::move(space)),
        clock_(std::move(clock)) {
    clock_.note_running(false);
  }

  Tid id() const { return id_; }
  Pid process() const { return process_; }
  Tid real() const { return real_; }
  // exec makes the calling thread take over the leader's number: the real one at once, the recorded
  // one behind the frame of the exec.
  void set_real(Tid real) { real_ = real; }
  void become_leader() { id_ = {process_.value}; }

  bool is_stopped() const { return std::holds_alternative<kernel::Stopped>(state_); }
  bool is_dead() const { return std::holds_alternative<Dead>(state_); }
  // Requires is_stopped().
  kernel::Stopped& stopped() {
    CHECK(is_stopped()) << "thread " << id_.value << " is not stopped";
    return std::get<kernel::Stopped>(state_);
  }
  const kernel::Stopped& stopped() const {
    CHECK(is_stopped()) << "thread " << id_.value << " is not stopped";
    return std::get<kernel::Stopped>(state_);
  }

  // Requires is_stopped().
  void resume(kernel::Resume how, int signal = 0) {
    clock_.note_running(true);
    state_ = std::move(stopped()).resume(how, signal);
  }
  void set_stopped(kernel::Stopped stopped) {
    state_ = std::move(stopped);
    clock_.note_running(false);
  }
  void set_dead() { state_ = Dead{}; }
  // Requires a running thread; waits for it alone.
  kernel::Stopped& wait() {
    set_stopped(kernel::wait_stopped(std::move(std::get<kernel::Running>(state_))));
    return stopped();
  }

  // As kernel::wait_stopped with a question.
  kernel::Stopped& wait(const std::function<bool()>& wants_stop) {
    set_stopped(kernel::wait_stopped(std::move(std::get<kernel::Running>(state_)), wants_stop));
    return stopped();
  }

  // As kernel::wait_stopped_between_beats.
  kernel::Stopped& wait_between_beats(const std::function<bool()>& wants_stop) {
    set_stopped(kernel::wait_stopped_between_beats(std::move(std::get<kernel::Running>(state_)),
                                                   wants_stop));
    return stopped();
  }

  AddressSpace& space() { return *space_; }
  const AddressSpace& space() const { return *space_; }
  const std::shared_ptr<AddressSpace>& shared_space() const { return space_; }
  void set_space(std::shared_ptr<AddressSpace> space) { space_ = std::move(space); }
  TickClock& clock() { return clock_; }
  const TickClock& clock() const { return clock_; }

 private:
  Tid id_;
  Pid process_;
  Tid real_;
  std::variant<kernel::Running, kernel::Stopped, Dead> state_;
  std::shared_ptr<AddressSpace> space_;
  TickClock clock_;
};

}  // namespace rr::tracee
