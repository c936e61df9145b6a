#include "util/log.h"

#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <unistd.h>

#include "util/error.h"

namespace rr {
namespace {

struct Log {
  int fd = STDERR_FILENO;
  LogLevel all = LogLevel::kWarn;
  bool are_warnings_fatal = false;
  std::map<std::string, LogLevel, std::less<>> modules;
};

// Logging is the tree's one piece of global state.
Log& log() {
  static Log instance;
  return instance;
}

constexpr std::string_view kNames[] = {"error", "warn", "info", "debug"};

LogLevel parse_level(std::string_view text) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (text == kNames[i]) return static_cast<LogLevel>(i);
  }
  fail("unknown log level '" + std::string(text) + "' (use error, warn, info or debug)");
}

void check_module(std::string_view module) {
  if (std::ranges::find(kLogModules, module) != std::end(kLogModules)) return;
  std::string known;
  for (const std::string_view name : kLogModules) known += ", " + std::string(name);
  fail("there is no log module '" + std::string(module) + "' (use all" + known + ")");
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
      log().all = level;
    } else if (!item.empty()) {
      check_module(module);
      log().modules[std::string(module)] = level;
    }
  }
}

void append_log_to(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) fail_errno("open the log", path, "see RR_LOG_FILE");
  log().fd = fd;
}

void make_warnings_fatal() { log().are_warnings_fatal = true; }

bool log_enabled(LogLevel level, LogModule module) {
  const Log& l = log();
  if (!l.modules.empty()) {
    if (const auto it = l.modules.find(module.name()); it != l.modules.end())
      return level <= it->second;
  }
  return level <= l.all;
}

LogLine::LogLine(LogLevel level, LogModule module) : level_(level) {
  text_ << "rr: " << kNames[static_cast<int>(level)] << ": " << module.name() << ": ";
}

LogLine::~LogLine() {
  text_ << "\n";
  const std::string line = text_.str();
  // One write, so that lines of several processes do not mix; a lost log line is no error.
  [[maybe_unused]] const ssize_t written = ::write(log().fd, line.data(), line.size());
  if (log().are_warnings_fatal && level_ <= LogLevel::kWarn) std::abort();
}

}  // namespace rr
