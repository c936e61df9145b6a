// A timer that interrupts whatever wait this process is in, time and again.
#pragma once

#include <chrono>

namespace rr::kernel {

// At most one at a time, and not beside OwnSignals, which has such a timer itself.
class Heartbeat {
 public:
  explicit Heartbeat(std::chrono::milliseconds interval);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
};

}  // namespace rr::kernel
