// `monitor WORD`, which gdb and lldb send as qRcmd: questions about the place in the recording.
#include <algorithm>
#include <array>
#include <cstdio>

#include "gdb/command.h"
#include "gdb/hex.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

std::string when(Session& session) {
  return "Completed event: " + std::to_string(session.machine().position().frame.value);
}

std::string when_ticks(Session& session) {
  return "Current tick: " + std::to_string(session.machine().position().ticks.value);
}

std::string when_tid(Session& session) {
  return "Current tid: " + std::to_string(session.selected.tid.value);
}

std::string elapsed_time(Session& session) {
  char text[64];
  std::snprintf(text, sizeof text, "Elapsed Time (s): %.6f",
                static_cast<double>(session.machine().elapsed_ns()) / 1e9);
  return text;
}

// For clients without a packet for it. What the client keeps of the state is its own affair.
std::string restart(Session& session) {
  session.restart({});
  return "At the beginning of the program again. The debugger sees it when it looks anew (gdb: "
         "`maintenance flush register-cache`; or let it step).";
}

std::string help(Session&);

struct MonitorCommand {
  std::string_view name;
  std::string (*answer)(Session& session);
  std::string_view description;
};
constexpr std::array kMonitorCommands = std::to_array<MonitorCommand>({
    {"elapsed-time", elapsed_time, "recorded time since the start of the recording"},
    {"help", help, "this list"},
    {"restart", restart, "go back to the first instruction of the program"},
    {"run", restart, "the same"},
    {"when", when, "the last event of the recording that has been replayed"},
    {"when-tid", when_tid, "the number that the current thread had when it was recorded"},
    {"when-ticks", when_ticks, "how far the current thread has run since it was started"},
});

std::string help(Session&) {
  std::string text;
  for (const MonitorCommand& command : kMonitorCommands) {
    char line[160];
    std::snprintf(line, sizeof line, "%s%-14s%s", text.empty() ? "" : "\n", command.name.data(),
                  command.description.data());
    text += line;
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Reply monitor(Session& session, std::string_view text) {
  const auto line = parse_hex_text(text);
  if (!line) fail("malformed packet: the command is not hexadecimal");
  const std::string_view word = trimmed(*line);
  const auto command = std::ranges::find(kMonitorCommands, word, &MonitorCommand::name);
  const std::string answer =
      command == kMonitorCommands.end()
          ? "There is no command '" + std::string(word) + "'. `monitor help` lists them."
          : command->answer(session);
  return to_hex_text(answer + "\n");
}

}  // namespace rr::gdb
