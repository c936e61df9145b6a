// Diagnostic log on stderr (or in a file), off but for warnings. LOG(kDebug, "record") << ...; the
// specification `all:warn,record:debug` comes from --log or RR_LOG and is set once by main.
#pragma once

#include <sstream>
#include <string>
#include <string_view>

namespace rr {

enum class LogLevel { kError, kWarn, kInfo, kDebug };

// Throws Error for a specification it cannot read.
void set_log_specification(std::string_view specification);
// Lines go to the end of this file instead of stderr. Throws Error if it cannot be opened.
void append_log_to(const std::string& path);
bool log_enabled(LogLevel level, std::string_view module);

class LogLine {
 public:
  LogLine(LogLevel level, std::string_view module);
  ~LogLine();
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  std::ostream& stream() { return text_; }

 private:
  std::ostringstream text_;
};

struct LogVoidify {
  void operator&(std::ostream&) {}
};

}  // namespace rr

#define LOG(level, module)                          \
  !::rr::log_enabled(::rr::LogLevel::level, module) \
      ? (void)0                                     \
      : ::rr::LogVoidify() & ::rr::LogLine(::rr::LogLevel::level, module).stream()
