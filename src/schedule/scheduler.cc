#include "schedule/scheduler.h"

#include <algorithm>
#include <array>

namespace rr::schedule {
namespace {

// A step of nice is worth so many turns of waiting.
constexpr int64_t kTurnsPerNice = 4;

// Chaos mode. An interval is a run of turns for which priorities, the scale of slices and who is
// left out stay as drawn.
constexpr uint64_t kLongestInterval = 400;  // turns; one that is unfair lasts that long
constexpr uint64_t kTurnsPerRank = 4;
constexpr uint64_t kSlicesPerInterval = 4;  // or so many whole slices, if that is over first
constexpr uint64_t kLongestHold = 8;        // times kHold that an interval may idle
constexpr std::array<uint64_t, 5> kSliceScales = {30, 200, 2'000, 50'000, 0 /* all of it */};
// In every other run all slices are short as long as there are turns to spend on it: a long one may
// cover all that the threads of a small program do. A turn costs the recorder about as much as
// these ticks of the program's, so that a long program is slowed by no more than a factor.
constexpr std::array<uint64_t, 3> kShortScales = {200, 2'000, 5'000};
constexpr uint64_t kShortTurnsAtFirst = 10'000;
constexpr uint64_t kTicksPerShortTurn = 20'000;

}  // namespace

Scheduler::Scheduler(Options options) : options_(options), random_(options.chaos_seed.value_or(0)) {
  if (options_.chaos_seed) has_short_slices_ = random_.one_in(2);
}

std::optional<Scheduler::Choice> Scheduler::choose(std::span<const Tid> ready) {
  const auto choice = options_.chaos_seed ? choose_by_chance(ready) : choose_in_turn(ready);
  for (const Tid tid : ready) entry(tid).has_yielded = false;
  return choice;
}

std::optional<Scheduler::Choice> Scheduler::choose_in_turn(std::span<const Tid> ready) {
  const auto rank = [this](Tid tid) {
    const Entry& of = entry(tid);
    // Who yields comes behind all others once, however nice they are.
    constexpr int64_t kBehindAll = int64_t{1} << 62;
    return of.has_yielded ? kBehindAll
                          : static_cast<int64_t>(of.last_turn) + kTurnsPerNice * of.nice;
  };
  const uint64_t slice = options_.timeslice - random_.below(options_.timeslice / 4 + 1);
  Choice choice = take_turn(*std::ranges::min_element(ready, {}, rank), slice, options_.events);
  choice.ticks_to_event = slice / 2;
  return choice;
}

std::optional<Scheduler::Choice> Scheduler::choose_by_chance(std::span<const Tid> ready) {
  if (turns_left_ == 0 || ticks_left_ == 0) begin_interval();
  --turns_left_;
  const auto key = [this](Tid tid) {
    const Entry& of = entry(tid);
    return std::pair(of.has_yielded && heeds_yields_, kTurnsPerRank * of.chaos_rank + of.last_turn);
  };
  const Tid* best = nullptr;
  for (const Tid& tid : ready) {
    if (ranked(tid).is_left_out && is_starving_) continue;
    if (best == nullptr || key(tid) < key(*best)) best = &tid;
  }
  if (best == nullptr && holds_left_ > 0) {
    --holds_left_;
    return std::nullopt;
  }
  if (best == nullptr) best = &ready[random_.below(ready.size())];
  const uint64_t slice = random_.up_to(longest_slice_);
  ticks_left_ -= std::min(ticks_left_, slice);
  ticks_given_ += slice;
  return take_turn(*best, slice, random_.up_to(options_.events));
}

void Scheduler::begin_interval() {
  ++interval_;
  const bool is_short =
      has_short_slices_ &&
      short_turns_ + kLongestInterval <= kShortTurnsAtFirst + ticks_given_ / kTicksPerShortTurn;
  is_starving_ = random_.one_in(is_short ? 6 : 3);
  has_priorities_ = random_.one_in(is_short ? 6 : 3);
  heeds_yields_ = !random_.one_in(3);
  const bool is_unfair = is_starving_ || has_priorities_;
  turns_left_ = is_unfair ? kLongestInterval : random_.up_to(kLongestInterval);
  if (is_short) short_turns_ += turns_left_;
  ticks_left_ = kSlicesPerInterval * options_.timeslice;
  holds_left_ = kLongestHold;
  const uint64_t scale = is_short ? kShortScales[random_.below(kShortScales.size())]
                                  : kSliceScales[random_.below(kSliceScales.size())];
  longest_slice_ = scale == 0 ? options_.timeslice : std::min(scale, options_.timeslice);
  constexpr std::array<uint64_t, 4> kSwitchOneIn = {0, 0, 2, 8};
  event_switch_one_in_ = kSwitchOneIn[random_.below(kSwitchOneIn.size())];
}

// A thread that is new to us comes behind those that wait already.
Scheduler::Entry& Scheduler::entry(Tid tid) {
  const auto [it, is_new] = threads_.try_emplace(tid);
  if (is_new) it->second.last_turn = turn_;
  return it->second;
}

// Drawn when the thread is first seen in an interval, so that the draws follow the questions alone.
Scheduler::Entry& Scheduler::ranked(Tid tid) {
  Entry& of = entry(tid);
  if (of.ranked_in == interval_) return of;
  of.ranked_in = interval_;
  of.chaos_rank = has_priorities_ ? random_.below(kLongestInterval) : 0;
  of.is_left_out = random_.one_in(3);
  return of;
}

Scheduler::Choice Scheduler::take_turn(Tid tid, uint64_t slice, uint64_t events) {
  entry(tid).last_turn = ++turn_;
  return {.tid = tid, .slice = slice, .events = events, .ticks_to_event = slice};
}

bool Scheduler::gives_way_at_event(Tid) {
  if (options_.switching == Switching::kAlways) return true;
  if (!options_.chaos_seed || event_switch_one_in_ == 0) return false;
  return random_.one_in(event_switch_one_in_);
}

int chaos_core_count(uint64_t seed) {
  // Not the numbers that decide the turns.
  return static_cast<int>(1 + Random(~seed).below(8));
}

}  // namespace rr::schedule
