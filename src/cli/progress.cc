#include "cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <unistd.h>
#include <utility>

#include "util/error.h"

namespace rr::cli {
namespace {

// A handler has nothing else to write to.
volatile std::sig_atomic_t caught_signal = 0;

// Who asks twice will not wait.
void note(int signal) {
  if (caught_signal != 0) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  caught_signal = signal;
}

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)), may_print_(::isatty(STDERR_FILENO) != 0), last_ns_(now_ns()) {}

ProgressLine::~ProgressLine() { stop(); }

void ProgressLine::stop() {
  if (has_printed_) std::fputs("\r\033[K", stderr);
  has_printed_ = false;
  may_print_ = false;
}

void ProgressLine::step(uint64_t done, uint64_t total) {
  constexpr int64_t kInterval = 100'000'000;
  if (!may_print_) return;
  const int64_t now = now_ns();
  if (now - last_ns_ < kInterval) return;
  last_ns_ = now;
  has_printed_ = true;
  const double percent =
      total == 0 ? 100 : 100 * static_cast<double>(done) / static_cast<double>(total);
  std::fprintf(stderr, "\rrr: %s: %.0f%%\033[K", what_.c_str(), std::min(percent, 100.0));
}

Progress::Progress(std::string what, std::string consolation)
    : line_(std::move(what)), consolation_(std::move(consolation)) {
  caught_signal = 0;
  struct sigaction action {};
  action.sa_handler = note;
  ::sigaction(SIGINT, &action, &old_interrupt_);
  ::sigaction(SIGTERM, &action, &old_terminate_);
}

Progress::~Progress() {
  ::sigaction(SIGINT, &old_interrupt_, nullptr);
  ::sigaction(SIGTERM, &old_terminate_, nullptr);
}

void Progress::step(uint64_t done, uint64_t total) {
  if (caught_signal != 0) {
    constexpr int kSignalExit = 128;
    fail("interrupted while " + line_.what() + "; " + consolation_,
         static_cast<ExitCode>(kSignalExit + caught_signal));
  }
  line_.step(done, total);
}

}  // namespace rr::cli
