#include "kernel/own_signals.h"

#include <ctime>
#include <sys/time.h>

namespace rr::kernel {
namespace {

// What a signal handler may write.
volatile std::sig_atomic_t interruptions_seen = 0;
volatile std::sig_atomic_t end_was_asked_for = 0;

void note_interruption(int /*signal*/) { interruptions_seen = interruptions_seen + 1; }
void note_request(int /*signal*/) { end_was_asked_for = 1; }

void install(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;  // without SA_RESTART: the wait is to end
  ::sigaction(signal, &action, nullptr);
}

sigset_t stopping_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) ::sigaddset(&set, signal);
  return set;
}

void set_timer(std::chrono::milliseconds interval) {
  const timeval time{interval.count() / 1000, interval.count() % 1000 * 1000};
  const itimerval value{time, time};
  ::setitimer(ITIMER_REAL, &value, nullptr);
}

}  // namespace

OwnSignals::OwnSignals(std::chrono::milliseconds between_interruptions) {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGWINCH}) ::signal(signal, SIG_IGN);
  install(SIGTERM, note_request);
  install(SIGALRM, note_interruption);
  const sigset_t stopping = stopping_signals();
  ::pthread_sigmask(SIG_BLOCK, &stopping, &mask_before_);
  set_timer(between_interruptions);
}

OwnSignals::~OwnSignals() {
  set_timer(std::chrono::milliseconds(0));
  ::signal(SIGTERM, SIG_DFL);
  // One that waits would stop us where nobody expects it.
  for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) take_stop(signal);
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

unsigned OwnSignals::interruptions() const { return static_cast<unsigned>(interruptions_seen); }

bool OwnSignals::is_asked_to_end() const { return end_was_asked_for != 0; }

bool OwnSignals::take_stop(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  const timespec at_once{};
  return ::sigtimedwait(&set, nullptr, &at_once) == signal;
}

void OwnSignals::stop() { ::raise(SIGSTOP); }

}  // namespace rr::kernel
