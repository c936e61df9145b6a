// The signals that reach the recorder itself, while it stands between a terminal, whoever sends it
// signals, and the program.
#pragma once

#include <chrono>
#include <csignal>

namespace rr::kernel {

// While one lives: what a terminal sends to everybody in front of it (SIGINT, SIGQUIT, SIGHUP,
// SIGWINCH) is the program's business and does nothing to us; the stopping signals wait until
// somebody takes them; SIGTERM is noted; and a timer interrupts whatever wait the calling thread is
// in. At most one, in the thread that waits for tracees; made when the program has been started,
// which inherits nothing of it.
class OwnSignals {
 public:
  explicit OwnSignals(std::chrono::milliseconds between_interruptions);
  ~OwnSignals();
  OwnSignals(const OwnSignals&) = delete;
  OwnSignals& operator=(const OwnSignals&) = delete;

  // How often the timer has come; differs from the last answer once every such interval.
  unsigned interruptions() const;
  bool is_asked_to_end() const;

  // Whether the stopping signal has been sent to us, too, as a terminal does to a whole group. It
  // is then forgotten.
  bool take_stop(int signal);

  // Stops this process as a stopping signal would, until it is continued.
  static void stop();

 private:
  sigset_t mask_before_;
};

}  // namespace rr::kernel
