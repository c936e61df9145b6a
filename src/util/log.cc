#include "util/log.h"

#include <map>
#include <unistd.h>

#include "util/error.h"

namespace rr {
namespace {

struct Levels {
  LogLevel all = LogLevel::kWarn;
  std::map<std::string, LogLevel, std::less<>> modules;
};

// Logging is the tree's one piece of global state.
Levels& levels() {
  static Levels instance;
  return instance;
}

constexpr std::string_view kNames[] = {"error", "warn", "info", "debug"};

LogLevel parse_level(std::string_view text) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (text == kNames[i]) return static_cast<LogLevel>(i);
  }
  fail("unknown log level '" + std::string(text) + "' (use error, warn, info or debug)");
}

}  // namespace

void set_log_specification(std::string_view specification) {
  while (!specification.empty()) {
    const size_t comma = specification.find(',');
    const std::string_view item = specification.substr(0, comma);
    specification = comma == std::string_view::npos ? "" : specification.substr(comma + 1);
    const size_t colon = item.find(':');
    const std::string_view module = item.substr(0, colon);
    const LogLevel level =
        colon == std::string_view::npos ? LogLevel::kDebug : parse_level(item.substr(colon + 1));
    if (module == "all") {
      levels().all = level;
    } else if (!module.empty()) {
      levels().modules[std::string(module)] = level;
    }
  }
}

bool log_enabled(LogLevel level, std::string_view module) {
  const Levels& l = levels();
  if (!l.modules.empty()) {
    if (const auto it = l.modules.find(module); it != l.modules.end()) return level <= it->second;
  }
  return level <= l.all;
}

LogLine::LogLine(LogLevel level, std::string_view module) {
  text_ << "rr: " << kNames[static_cast<int>(level)] << ": " << module << ": ";
}

LogLine::~LogLine() {
  text_ << "\n";
  const std::string line = text_.str();
  // One write, so that lines of several processes do not mix; a lost log line is no error.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace rr
