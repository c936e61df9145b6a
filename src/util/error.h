// What is thrown when the world refuses: no counter, a truncated trace, a program that is not
// there. Thrown only through fail() and fail_errno(); caught by main, which prints the text and
// exits with the code, and by the debugger's command table. A message names the thing, the act and
// the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace rr {

// The documented exit codes of the command line (sysexits.h where it has one).
enum class ExitCode : int {
  kUsage = 1,       // a bad option or argument; also whatever has no better code
  kNoSuchTask = 2,  // replay: no such process, or options that contradict each other
  kNested = 3,      // a recording inside a recording
  kBadData = 65,    // EX_DATAERR: the trace is absent, damaged, or of another version
  kUnavailable =
      69,  // EX_UNAVAILABLE: the program could not be started, or the machine lacks what is needed
  kIoError = 74,   // EX_IOERR: writing the trace failed
  kDiverged = 70,  // EX_SOFTWARE: replay did not do what was recorded
};

class Error : public std::runtime_error {
 public:
  Error(const std::string& message, ExitCode code) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

[[noreturn]] void fail(const std::string& message, ExitCode code = ExitCode::kUsage);

// "cannot ACT OBJECT: <text of errno>" with an optional remedy in parentheses. Reads errno.
[[noreturn]] void fail_errno(const std::string& act, const std::string& object,
                             const std::string& remedy = "", ExitCode code = ExitCode::kUsage);

}  // namespace rr
