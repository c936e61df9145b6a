// A long operation tells a person at a terminal how far it is, and ends in good order at Ctrl-C.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>

namespace rr::cli {

class Progress final {
 public:
  // One at a time. While it lives, SIGINT and SIGTERM only set a mark.
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Prints, at most every tenth of a second, if stderr is a terminal. Throws Error (exit code 130,
  // or 143) once a signal came.
  void step(uint64_t done, uint64_t total);

 private:
  std::string what_;
  bool is_terminal_;
  bool has_printed_ = false;
  int64_t last_ns_ = 0;
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
};

}  // namespace rr::cli
