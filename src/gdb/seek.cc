#include "gdb/seek.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "util/error.h"

namespace rr::gdb {
namespace {

std::optional<uint64_t> parse_decimal(std::string_view digits) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

uint64_t number_of(const std::string& place, std::string_view digits) {
  const auto number = parse_decimal(digits);
  if (!number) fail(no_place_text(place));
  return *number;
}

// Asked while a seek runs: tells somebody who waits for long how far it is.
class Watch {
 public:
  explicit Watch(Session& session)
      : session_(session), next_(Clock::now() + session.options().between_progress) {}

  bool operator()() {
    const ServeOptions& options = session_.options();
    if (options.progress && Clock::now() >= next_) {
      next_ = Clock::now() + options.between_progress;
      const machine::Machine& machine = session_.machine();
      options.progress(machine.position().frame, machine.last_frame());
    }
    return session_.link().is_interrupted();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Session& session_;
  Clock::time_point next_;
};

void seek_checkpoint(Session& session, uint64_t number, const timeline::Interrupted& interrupted) {
  for (const auto& checkpoint : session.timeline().user_checkpoints()) {
    if (checkpoint.number != number) continue;
    session.timeline().seek(checkpoint.mark, {}, interrupted);
    return;
  }
  fail("there is no checkpoint " + std::to_string(number));
}

// Behind the last event there is no program to look at.
void seek_end(Session& session, const timeline::Interrupted& interrupted) {
  const uint64_t last = session.timeline().machine().last_frame().value;
  session.timeline().seek(FrameNumber{last == 0 ? 0 : last - 1}, {}, interrupted);
  session.has_told_end = true;
}

void seek_in_history(Session& session, bool is_back, const timeline::Interrupted& interrupted) {
  const size_t here = session.place_in_history;
  if (is_back && here == 0) fail("there is no earlier stop in the history");
  if (!is_back && here + 1 >= session.history.size()) {
    fail("there is no later stop in the history");
  }
  const size_t there = is_back ? here - 1 : here + 1;
  machine::Mark& mark = session.history[there];
  if (mark.position().frame < session.timeline().machine().last_frame()) {
    session.timeline().seek(mark, {}, interrupted);
  } else {
    seek_end(session, interrupted);
    mark = session.timeline().now();
  }
  session.place_in_history = there;
}

void seek_event(Session& session, FrameNumber event, const timeline::Interrupted& interrupted) {
  if (event == session.timeline().machine().last_frame()) return seek_end(session, interrupted);
  session.timeline().seek(event, {}, interrupted);
}

}  // namespace

std::string no_place_text(const std::string& place) {
  return "'" + place +
         "' is no place: give an event's number, t and a tick, c and a checkpoint's number, back, "
         "forward or end";
}

bool is_place(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWords = {"", "back", "end", "forward", "here"};
  if (std::ranges::find(kWords, text) != kWords.end()) return true;
  if (text.front() == 'c' || text.front() == 't') text.remove_prefix(1);
  return parse_decimal(text).has_value();
}

void seek(Session& session, const std::string& place) {
  timeline::Timeline& timeline = session.timeline();
  const timeline::Interrupted interrupted = Watch(session);
  const std::string_view rest = std::string_view(place).substr(place.empty() ? 0 : 1);
  if (place.empty()) {
    timeline.seek(timeline.start(), {}, interrupted);
  } else if (place == "here") {
    // As it is: behind a diversion, say.
  } else if (place == "back" || place == "forward") {
    seek_in_history(session, place == "back", interrupted);
  } else if (place == "end") {
    seek_end(session, interrupted);
  } else if (place.front() == 'c') {
    seek_checkpoint(session, number_of(place, rest), interrupted);
  } else if (place.front() == 't') {
    timeline.seek_ticks(session.selected, Ticks{number_of(place, rest)}, {}, interrupted);
  } else {
    seek_event(session, {number_of(place, place)}, interrupted);
  }
  if (!place.empty() && place != "here") session.has_travelled = true;
}

}  // namespace rr::gdb
