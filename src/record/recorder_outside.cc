// What reaches the recorder itself: requests to end, stops of the terminal's, and the look that it
// takes from time to time at whether the program gets on.

#include <csignal>
#include <unistd.h>

#include "record/recorder.h"
#include "util/log.h"

namespace rr::record {

namespace {

// SIGTERM is the program's to act upon; when it has not for so long, it is killed.
constexpr std::chrono::seconds kTimeToEnd{5};

// Looks, of about a second each, in which a thread that is needed elsewhere has made no call.
constexpr int kLooksAtSpinner = 3;

}  // namespace

void Recorder::look_around() {
  if (own_signals_->interruptions() == last_look_) return;
  last_look_ = own_signals_->interruptions();
  give_up_turn_of_zombie();
  if (ticks_.unit == TickUnit::kNone) look_at_spinner();
}

void Recorder::heed_request_to_end() {
  if (!own_signals_->is_asked_to_end()) return;
  const auto now = std::chrono::steady_clock::now();
  if (!kill_at_) {
    kill_at_ = now + kTimeToEnd;
    if (!first_status_) {
      ::kill(first_->value, SIGTERM);
    } else {
      signal_all(SIGTERM);
    }
  } else if (now >= *kill_at_) {
    signal_all(SIGKILL);
    kill_at_ = now + kTimeToEnd;
  }
}

void Recorder::signal_all(int signal) const {
  for (const auto& [tid, task] : tasks_) {
    if (!std::holds_alternative<Exiting>(task->state)) {
      ::kill(task->thread.process().value, signal);
    }
  }
  if (signal != SIGKILL) return;
  for (const auto& [tid, stopped] : early_) ::kill(tid.value, signal);
}

// Without a counter nobody is preempted: a thread that makes no call keeps the others and its own
// signals waiting for ever.
void Recorder::look_at_spinner() {
  const Task* task = current_ ? find(*current_) : nullptr;
  const bool is_needed = task != nullptr && std::holds_alternative<InProgram>(task->state) &&
                         (!task->held.empty() || others_are_ready(*task));
  const bool is_same = is_needed && spinner_ == current_ && frames_at_look_ == frames_;
  looks_at_spinner_ = is_same ? looks_at_spinner_ + 1 : 0;
  spinner_ = current_;
  frames_at_look_ = frames_;
  if (looks_at_spinner_ != kLooksAtSpinner) return;
  LOG(kWarn, "record") << "thread " << task->thread.id().value << " has run for " << kLooksAtSpinner
                       << " seconds without a system call, while "
                       << (task->held.empty() ? "other threads wait for their turn"
                                              : "a signal waits for its next call")
                       << ": with --ticks=none neither comes before that call. If it never makes "
                          "one, `kill -KILL "
                       << task->thread.process().value << "` ends it";
}

// The terminal stops everybody in front of it: the program, and with it the recorder, so that the
// shell sees its job stopped. A stop that was sent to the program alone is not ours.
void Recorder::stop_with_program(const Task& task, int signal) {
  if (::getpgid(task.thread.real().value) != ::getpgrp()) return;
  if (own_signals_->take_stop(signal)) kernel::OwnSignals::stop();
}

// The first process has ended, and nobody waits for the others: they end with the recording.
void Recorder::end_the_rest() {
  signal_all(SIGKILL);
  while (!tasks_.empty()) {
    if (!current_) schedule();
    auto waited = wait();
    if (waited) {
      handle(std::move(*waited));
    } else if (!kernel::has_tracees()) {
      return;
    }
    give_up_turn_of_zombie();
  }
}

}  // namespace rr::record
