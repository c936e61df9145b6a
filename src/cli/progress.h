// A long operation tells a person at a terminal how far it is; one that leaves something behind
// where it breaks off ends in good order at Ctrl-C.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>

namespace rr::cli {

class ProgressLine final {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Prints, at most every tenth of a second, if stderr is a terminal.
  void step(uint64_t done, uint64_t total);
  // Wipes the line; nothing more is printed: the terminal is somebody else's from now on.
  void stop();
  const std::string& what() const { return what_; }

 private:
  std::string what_;
  bool may_print_;
  bool has_printed_ = false;
  int64_t last_ns_;
};

class Progress final {
 public:
  // One at a time. While it lives, the first SIGINT or SIGTERM only sets a mark. `consolation` is
  // told to who has interrupted it.
  explicit Progress(std::string what, std::string consolation = "nothing was lost");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Throws Error (exit code 130, or 143) once a signal came.
  void step(uint64_t done, uint64_t total);

 private:
  ProgressLine line_;
  std::string consolation_;
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
};

}  // namespace rr::cli
