#include "cli/progress.h"

#include <cstdio>
#include <ctime>
#include <unistd.h>
#include <utility>

#include "util/error.h"

namespace rr::cli {
namespace {

// A handler has nothing else to write to.
volatile std::sig_atomic_t caught_signal = 0;

void note(int signal) { caught_signal = signal; }

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)), is_terminal_(::isatty(STDERR_FILENO) != 0) {
  caught_signal = 0;
  struct sigaction action {};
  action.sa_handler = note;
  ::sigaction(SIGINT, &action, &old_interrupt_);
  ::sigaction(SIGTERM, &action, &old_terminate_);
}

Progress::~Progress() {
  if (has_printed_) std::fputs("\r\033[K", stderr);
  ::sigaction(SIGINT, &old_interrupt_, nullptr);
  ::sigaction(SIGTERM, &old_terminate_, nullptr);
}

void Progress::step(uint64_t done, uint64_t total) {
  if (caught_signal != 0) {
    constexpr int kSignalExit = 128;
    fail("interrupted while " + what_ + "; nothing was lost",
         static_cast<ExitCode>(kSignalExit + caught_signal));
  }
  constexpr int64_t kInterval = 100'000'000;
  const int64_t now = now_ns();
  if (!is_terminal_ || now - last_ns_ < kInterval) return;
  last_ns_ = now;
  has_printed_ = true;
  const uint64_t percent = total == 0 ? 100 : done * 100 / total;
  std::fprintf(stderr, "\rrr: %s: %llu%%\033[K", what_.c_str(),
               static_cast<unsigned long long>(percent));
}

}  // namespace rr::cli
