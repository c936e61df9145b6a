// `monitor WORD`, which gdb and lldb send as qRcmd: questions about the place in the recording.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include "gdb/command.h"
#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

std::string when(Session& session, std::string_view) {
  return "Completed event: " + std::to_string(session.replay().position().frame.value);
}

std::string when_ticks(Session& session, std::string_view) {
  return "Current tick: " + std::to_string(session.replay().position().ticks.value);
}

std::string when_tid(Session& session, std::string_view) {
  return "Current tid: " + std::to_string(session.selected.tid.value);
}

std::string elapsed_time(Session& session, std::string_view) {
  char text[64];
  std::snprintf(text, sizeof text, "Elapsed Time (s): %.6f",
                static_cast<double>(session.replay().elapsed_ns()) / 1e9);
  return text;
}

// For clients without a packet for it. What the client keeps of the state is its own affair.
std::string restart(Session& session, std::string_view) {
  session.restart({});
  return "At the beginning of the program again. The debugger sees it when it looks anew (gdb: "
         "`maintenance flush register-cache`; or let it step).";
}

std::string place_text(const machine::Mark& mark) {
  return "event " + std::to_string(mark.position().frame.value) + ", tick " +
         std::to_string(mark.position().ticks.value);
}

// A function that was called has left no more than memory that the user may have a pointer to.
bool is_like_replay(Session& session) {
  return !session.diverted ||
         (!session.diverted->has_new_memory && has_recorded_registers(session));
}

std::string make_checkpoint(Session& session, std::string_view) {
  if (!is_like_replay(session)) {
    return "No checkpoint can be made of a diversion: registers or memory have been changed. "
           "`end-diversion` goes back to the replay.";
  }
  const auto number = session.timeline().add_checkpoint();
  if (!number) {
    return "No checkpoint can be made here: a process shares its memory with the child of a vfork, "
           "or the replay cannot be copied. Go on a little.";
  }
  session.has_travelled = true;
  return "Checkpoint " + std::to_string(*number) + " at " + place_text(session.timeline().now());
}

std::string list_checkpoints(Session& session, std::string_view) {
  std::string text;
  for (const auto& checkpoint : session.timeline().user_checkpoints()) {
    text += (text.empty() ? "" : "\n") + std::to_string(checkpoint.number) + "  " +
            place_text(checkpoint.mark);
  }
  return text.empty() ? "No checkpoints." : text;
}

std::string delete_checkpoint(Session& session, std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return "Give the number of a checkpoint, as `info checkpoints` shows it.";
  }
  if (!session.timeline().remove_checkpoint(number)) {
    return "There is no checkpoint " + std::to_string(number) + ".";
  }
  return "Checkpoint " + std::to_string(number) + " deleted.";
}

std::string automatic_checkpoints(Session& session, std::string_view) {
  std::string text;
  for (const auto& checkpoint : session.timeline().checkpoints()) {
    char line[120];
    std::snprintf(line, sizeof line, "%s%s  %llu KiB", text.empty() ? "" : "\n",
                  place_text(checkpoint.mark).c_str(),
                  static_cast<unsigned long long>(checkpoint.machine->memory_bytes() / 1024));
    text += line;
  }
  return text.empty() ? "This replay cannot be copied." : text;
}

std::string end_by_hand(Session& session, std::string_view) {
  if (!session.diverted) return "There is no diversion.";
  end_diversion(session);
  return "At " + place_text(session.timeline().now()) +
         " of the replay again, with everything as it was recorded.";
}

std::string refusal(Session& session, std::string_view) {
  std::string text = std::exchange(session.to_tell, "");
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string note_shown_stop(Session& session, std::string_view) {
  session.note_shown_stop();
  return "";
}

std::string note_shown_stop(Session& session, std::string_view) {
  session.note_shown_stop();
  return "";
}

std::string help(Session&, std::string_view);

struct MonitorCommand {
  std::string_view name;
  std::string (*answer)(Session& session, std::string_view arguments);
  std::string_view description;
};
constexpr std::array kMonitorCommands = std::to_array<MonitorCommand>({
    {"checkpoint", make_checkpoint, "keeps this place, to come back to it at once"},
    {"checkpoints", automatic_checkpoints, "all places that are kept, and their memory"},
    {"delete-checkpoint", delete_checkpoint, "N: gives up a checkpoint"},
    {"elapsed-time", elapsed_time, "recorded time since the start of the recording"},
    {"end-diversion", end_by_hand, "back to the replay, without what was changed or called"},
    {"help", help, "this list"},
    {"info-checkpoints", list_checkpoints, "the checkpoints that you made"},
    {"refusal", refusal, "why the last `restart`, `back` or such has gone nowhere"},
    {"restart", restart, "go back to the first instruction of the program"},
    {"run", restart, "the same"},
    {"shown", note_shown_stop, "a client's word: the user sees this stop, `back` comes to it"},
    {"when", when, "the last event of the recording that has been replayed"},
    {"when-tid", when_tid, "the number that the current thread had when it was recorded"},
    {"when-ticks", when_ticks, "how far the current thread has run since it was started"},
});

std::string help(Session&, std::string_view) {
  std::string text;
  for (const MonitorCommand& command : kMonitorCommands) {
    char line[160];
    std::snprintf(line, sizeof line, "%s%-18s%s", text.empty() ? "" : "\n", command.name.data(),
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
  const std::string_view whole = trimmed(*line);
  const std::string_view word = whole.substr(0, whole.find(' '));
  const std::string_view arguments = trimmed(whole.substr(word.size()));
  const auto command = std::ranges::find(kMonitorCommands, word, &MonitorCommand::name);
  const std::string answer =
      command == kMonitorCommands.end()
          ? "There is no command '" + std::string(word) + "'. `monitor help` lists them."
          : command->answer(session, arguments);
  if (answer.empty()) return std::string(kOk);
  const std::string text_of_answer = to_hex_text(answer + "\n");
  // lldb shows what it is sent meanwhile, and the reply as it is.
  if (!session.client.is_lldb) return text_of_answer;
  session.link().send("O" + text_of_answer);
  return std::string(kOk);
}

}  // namespace rr::gdb
