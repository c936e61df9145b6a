// Diagnostic log on stderr (or in a file), off but for warnings. LOG(kDebug, "record") << ...; the
// specification `all:warn,record:debug` comes from --log or RR_LOG and is set once by main.
#pragma once

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

namespace rr {

enum class LogLevel { kError, kWarn, kInfo, kDebug };

// Who logs; a specification that names another is refused.
inline constexpr std::string_view kLogModules[] = {"gdb", "record", "replay", "trace"};

// One of them: anything else does not compile.
class LogModule {
 public:
  consteval LogModule(const char* name) : name_(name) {
    if (std::ranges::find(kLogModules, name_) == std::end(kLogModules)) throw "not in kLogModules";
  }
  std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

// Throws Error for a specification it cannot read.
void set_log_specification(std::string_view specification);
// Lines go to the end of this file instead of stderr. Throws Error if it cannot be opened.
void append_log_to(const std::string& path);
// The process aborts behind the first line that is an error or a warning.
void make_warnings_fatal();
bool log_enabled(LogLevel level, LogModule module);

class LogLine {
 public:
  LogLine(LogLevel level, LogModule module);
  ~LogLine();
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  std::ostream& stream() { return text_; }

 private:
  LogLevel level_;
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
