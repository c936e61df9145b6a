#include "gdb/seek.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

using timeline::Arrival;
using timeline::Interrupted;

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

// Asked while a seek runs: tells somebody who waits for long how far it is, and ends it where it is
// to end before its place.
class Watch {
 public:
  Watch(Session& session, uint64_t limit)
      : session_(session),
        limit_(limit),
        next_(Clock::now() + session.options().between_progress) {}

  bool wants_end() {
    const machine::Machine& machine = session_.replay();
    const ServeOptions& options = session_.options();
    if (options.progress && Clock::now() >= next_) {
      next_ = Clock::now() + options.between_progress;
      options.progress(machine.position().frame, machine.last_frame());
    }
    if (session_.link().is_interrupted()) {
      end_ = SeekEnd::kInterrupted;
    } else if (limit_ != UINT64_MAX && cost_since_begin(machine) >= limit_) {
      end_ = SeekEnd::kOnTheWay;
    }
    return end_ != SeekEnd::kArrived;
  }
  SeekEnd end(timeline::Arrival arrival) const {
    return arrival == timeline::Arrival::kArrived ? SeekEnd::kArrived : end_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  // A seek begins where it is asked for the first time: at a checkpoint, it may be.
  uint64_t cost_since_begin(const machine::Machine& machine) {
    const uint64_t cost = machine.cost();
    if (!begin_) begin_ = cost;
    return cost - *begin_;
  }

  Session& session_;
  uint64_t limit_;
  Clock::time_point next_;
  std::optional<uint64_t> begin_;
  SeekEnd end_ = SeekEnd::kArrived;
};

Arrival seek_checkpoint(Session& session, uint64_t number, const Interrupted& interrupted) {
  for (const auto& checkpoint : session.timeline().user_checkpoints()) {
    if (checkpoint.number != number) continue;
    return session.timeline().seek(checkpoint.mark, {}, interrupted);
  }
  fail("there is no checkpoint " + std::to_string(number));
}

// Behind the last event there is no program to look at.
Arrival seek_end(Session& session, const Interrupted& interrupted) {
  const uint64_t last = session.timeline().machine().last_frame().value;
  const Arrival arrival =
      session.timeline().seek(FrameNumber{last == 0 ? 0 : last - 1}, {}, interrupted);
  session.has_told_end = arrival == Arrival::kArrived;
  return arrival;
}

Arrival seek_in_history(Session& session, bool is_back, const Interrupted& interrupted) {
  const size_t here = session.place_in_history;
  if (is_back && here == 0) fail("there is no earlier stop in the history");
  if (!is_back && here + 1 >= session.history.size()) {
    fail("there is no later stop in the history");
  }
  const size_t there = is_back ? here - 1 : here + 1;
  machine::Mark& mark = session.history[there];
  const bool is_end = mark.position().frame >= session.timeline().machine().last_frame();
  const Arrival arrival =
      is_end ? seek_end(session, interrupted) : session.timeline().seek(mark, {}, interrupted);
  if (arrival == Arrival::kInterrupted) return arrival;
  if (is_end) mark = session.timeline().now();
  session.place_in_history = there;
  return arrival;
}

Arrival seek_event(Session& session, FrameNumber event, const Interrupted& interrupted) {
  if (event == session.timeline().machine().last_frame()) return seek_end(session, interrupted);
  return session.timeline().seek(event, {}, interrupted);
}

Arrival seek_place(Session& session, const std::string& place, const Interrupted& interrupted) {
  timeline::Timeline& timeline = session.timeline();
  const std::string_view rest = std::string_view(place).substr(place.empty() ? 0 : 1);
  if (place.empty()) return timeline.seek(timeline.start(), {}, interrupted);
  if (place == "here") return Arrival::kArrived;  // behind a diversion, say
  if (place == "back" || place == "forward") {
    return seek_in_history(session, place == "back", interrupted);
  }
  if (place == "end") return seek_end(session, interrupted);
  if (place.front() == 'c') return seek_checkpoint(session, number_of(place, rest), interrupted);
  if (place.front() != 't') return seek_event(session, {number_of(place, place)}, interrupted);
  return timeline.seek_ticks(session.selected, Ticks{number_of(place, rest)}, {}, interrupted);
}

// The thread that is next there, or another one of what the client debugs, if anything of that is
// there.
machine::TaskId task_at_place(Session& session) {
  session.forget_the_future();
  session.back_step_made_already.reset();
  const machine::TaskId current = session.machine().current_task();
  if (session.attached.contains(current.pid)) return current;
  if (const auto debugged = session.find_task({})) return *debugged;
  session.attached.insert(current.pid);
  return current;
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

SeekEnd seek(Session& session, const std::string& place, uint64_t limit) {
  Watch watch(session, limit);
  const Arrival arrival = seek_place(session, place, [&] { return watch.wants_end(); });
  if (!place.empty() && place != "here") session.has_travelled = true;
  return watch.end(arrival);
}

Report finish_seek(Session& session) {
  const Way way = *std::exchange(session.way, std::nullopt);
  end_diversion(session);
  session.select(way.selected);
  const machine::Mark here = session.timeline().now();
  SeekEnd end = SeekEnd::kArrived;
  try {
    end = seek(session, way.place);
  } catch (const Error& error) {
    if (error.code() != ExitCode::kUsage) throw;
    session.link().send("O" + to_hex_text(std::string(error.what()) + "\n"));
  }
  session.timeline().arm(session.machine(), session.breakpoints.all(), here);
  Report report{.task = task_at_place(session), .what = ArrivedAtPlace{}};
  if (end == SeekEnd::kInterrupted) report.what = machine::Reason(machine::Interrupted{});
  if (session.client.is_lldb) return report;
  session.told_at_place = report;
  return {.task = report.task, .what = LibrariesChanged{}};
}

}  // namespace rr::gdb
