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

std::string place_text(const machine::Mark& mark) {
  return "event " + std::to_string(mark.position().frame.value) + ", tick " +
         std::to_string(mark.position().ticks.value);
}

// For clients without a packet for it. What the client keeps of the state is its own affair.
std::string go_to(Session& session, const std::string& place) {
  session.restart({{"@" + place}});
  return (place.empty() ? "At the beginning of the program again."
                        : "At " + place_text(session.timeline().now()) + ".") +
         " The debugger sees it when it looks anew (gdb: `maintenance flush register-cache`; or "
         "let it step).";
}

std::string go_to_place(Session& session, std::string_view place) {
  return go_to(session, std::string(place));
}
std::string go_to_checkpoint(Session& session, std::string_view number) {
  return go_to(session, number.empty() ? "" : "c" + std::string(number));
}
std::string go_to_ticks(Session& session, std::string_view ticks) {
  return go_to(session, "t" + std::string(ticks));
}
std::string go_back(Session& session, std::string_view) { return go_to(session, "back"); }
std::string go_forward(Session& session, std::string_view) { return go_to(session, "forward"); }

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
  // Going back there one would meet no thread.
  if (session.attached.empty()) {
    return "No checkpoint can be made here: the program has ended. `run end` goes to just before.";
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

// The place is looked for when the client lets the program go on, and can pass Ctrl-C on.
std::string note_way(Session& session, std::string_view place) {
  session.way = Way{std::string(place), session.selected};
  return "";
}

std::string note_catches(Session& session, std::string_view kinds) {
  const std::string words = " " + std::string(kinds) + " ";
  session.client.catches_forks = words.find(" fork ") != words.npos;
  session.client.catches_vforks = words.find(" vfork ") != words.npos;
  return "";
}

std::string help(Session&, std::string_view);

enum class Takes { kNothing, kArgument };

struct MonitorCommand {
  std::string_view name;
  std::string (*answer)(Session& session, std::string_view arguments);
  std::string_view description;
  Takes takes = Takes::kNothing;
};
constexpr std::array kMonitorCommands = std::to_array<MonitorCommand>({
    {"back", go_back, "to the place of the stop before this one"},
    {"catches", note_catches, "a client's word: its user is to see `fork`, `vfork` going back",
     Takes::kArgument},
    {"checkpoint", make_checkpoint, "keeps this place, to come back to it at once"},
    {"checkpoints", automatic_checkpoints, "all places that are kept, and their memory"},
    {"delete-checkpoint", delete_checkpoint, "N: gives up a checkpoint", Takes::kArgument},
    {"elapsed-time", elapsed_time, "recorded time since the start of the recording"},
    {"end-diversion", end_by_hand, "back to the replay, without what was changed or called"},
    {"forward", go_forward, "undoes `back`"},
    {"help", help, "this list"},
    {"info-checkpoints", list_checkpoints, "the checkpoints that you made"},
    {"refusal", refusal, "why the last `restart`, `back` or such has gone nowhere"},
    {"restart", go_to_checkpoint, "[N]: to the beginning of the program, or to a checkpoint",
     Takes::kArgument},
    {"run", go_to_place, "[PLACE]: to the beginning of the program, an event, or `end`",
     Takes::kArgument},
    {"seek-ticks", go_to_ticks, "N: to where the current thread has run N ticks", Takes::kArgument},
    {"shown", note_shown_stop, "a client's word: the user sees this stop, `back` comes to it"},
    {"way", note_way, "PLACE: a client's word: it goes on, and wants to stop there",
     Takes::kArgument},
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

// The first word, or the first two joined: as `info checkpoints`.
const MonitorCommand* find_command(std::string_view& line) {
  std::string name;
  std::string_view rest = line;
  for (int words = 0; words < 2 && !rest.empty(); ++words) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest = trimmed(rest.substr(word.size()));
    name += (words == 0 ? "" : "-") + std::string(word);
    const auto command = std::ranges::find(kMonitorCommands, name, &MonitorCommand::name);
    if (command == kMonitorCommands.end()) continue;
    line = rest;
    return &*command;
  }
  return nullptr;
}

std::string answer_to(Session& session, std::string_view line) {
  if (line.empty()) return help(session, line);
  std::string_view arguments = line;
  const MonitorCommand* command = find_command(arguments);
  if (command == nullptr) {
    return "There is no command '" + std::string(line.substr(0, line.find(' '))) +
           "'. `monitor help` lists them.";
  }
  if (command->takes == Takes::kNothing && !arguments.empty()) {
    return "`" + std::string(command->name) + "` takes no argument.";
  }
  // Not every client shows the text of an error.
  try {
    return command->answer(session, arguments);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

Reply monitor(Session& session, std::string_view text) {
  const auto line = parse_hex_text(text);
  if (!line) fail("malformed packet: the command is not hexadecimal");
  const std::string answer = answer_to(session, trimmed(*line));
  if (answer.empty()) return std::string(kOk);
  const std::string text_of_answer = to_hex_text(answer + "\n");
  // lldb shows what it is sent meanwhile, and the reply as it is.
  if (!session.client.is_lldb) return text_of_answer;
  session.link().send("O" + text_of_answer);
  return std::string(kOk);
}

}  // namespace rr::gdb
