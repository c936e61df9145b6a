#include "kernel/heartbeat.h"

#include <csignal>
#include <sys/time.h>

namespace rr::kernel {
namespace {

void set_beat(std::chrono::milliseconds interval) {
  const timeval time{interval.count() / 1000, interval.count() % 1000 * 1000};
  const itimerval value{time, time};
  ::setitimer(ITIMER_REAL, &value, nullptr);
}

}  // namespace

Heartbeat::Heartbeat(std::chrono::milliseconds interval) {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // without SA_RESTART: the wait is to end
  ::sigaction(SIGALRM, &action, nullptr);
  set_beat(interval);
}

// The handler stays: a beat may be on its way.
Heartbeat::~Heartbeat() { set_beat(std::chrono::milliseconds(0)); }

}  // namespace rr::kernel
