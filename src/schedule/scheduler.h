// Which of the threads that could run does, and for how long. Pure decisions: it knows no thread,
// only their numbers and what it is told. The recorder asks; what became of the answer comes back
// as the next question.
//
// Ordinarily turns go round, a longer wait before a shorter one. A thread's nice value counts as
// turns, so that a nicer thread comes less often but does come, whatever the others do. In chaos
// mode whoever is chosen, for how long, and who is left out for a while is drawn from the seed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "schedule/random.h"
#include "util/types.h"

namespace rr::schedule {

enum class Switching {
  kWhenNeeded,  // when a thread blocks, yields, or its slice is over
  kAlways,      // after every event, too
};

struct Options {
  // The most ticks that a thread may run while others wait. Slices vary by a quarter below it: a
  // program's loop that fell in step with them would be left at the same place for ever.
  uint64_t timeslice = 2'500'000;
  uint64_t events = 500;  // or so many events of it
  Switching switching = Switching::kWhenNeeded;
  std::optional<uint64_t> chaos_seed;  // chaos mode
};

class Scheduler {
 public:
  explicit Scheduler(Options options);

  struct Choice {
    Tid tid;
    // What it may use up while others wait. A thread that does little else but calls takes long
    // for its ticks, so events count as well.
    uint64_t slice = 0;  // ticks
    uint64_t events = 0;
    // From so many ticks on, it gives way at an event: a lock that is only free while its holder
    // is in a call, as an interpreter's is, must be free at the end of some slice.
    uint64_t ticks_to_event = 0;
  };
  // Who of `ready`, which are in the order of their creation and not empty. The answer takes a
  // turn. Nothing: who is ready is left out for now; wait for another, or ask again after kHold.
  std::optional<Choice> choose(std::span<const Tid> ready);
  static constexpr int kHold = 5;  // milliseconds

  // Whether the thread, at an event where it could go on, is to let others go first.
  bool gives_way_at_event(Tid tid);
  // It asked to let others go first.
  void note_yield(Tid tid) { entry(tid).has_yielded = true; }
  // -20 … 19.
  void set_nice(Tid tid, int nice) { entry(tid).nice = nice; }
  void remove(Tid tid) { threads_.erase(tid); }

 private:
  struct Entry {
    uint64_t last_turn = 0;
    int nice = 0;
    bool has_yielded = false;
    bool is_left_out = false;  // chaos: while a starvation interval lasts
    uint64_t chaos_rank = 0;   // chaos: lower goes first
    uint64_t ranked_in = 0;    // the interval in which that was drawn
  };

  std::optional<Choice> choose_in_turn(std::span<const Tid> ready);
  std::optional<Choice> choose_by_chance(std::span<const Tid> ready);
  void begin_interval();
  Entry& entry(Tid tid);
  Entry& ranked(Tid tid);
  Choice take_turn(Tid tid, uint64_t slice, uint64_t events);

  Options options_;
  Random random_;
  std::map<Tid, Entry> threads_;
  uint64_t turn_ = 0;

  // Chaos mode: what was drawn for the run.
  bool has_short_slices_ = false;
  uint64_t short_turns_ = 0;  // spent on them so far
  uint64_t ticks_given_ = 0;

  // What was drawn for the interval that is going on.
  uint64_t interval_ = 0;
  uint64_t turns_left_ = 0;
  uint64_t ticks_left_ = 0;
  uint64_t holds_left_ = 0;
  uint64_t longest_slice_ = 0;
  uint64_t event_switch_one_in_ = 0;  // 0: never
  bool is_starving_ = false;          // some are left out
  bool has_priorities_ = false;       // else turns go round
  bool heeds_yields_ = true;          // else who yields may come again at once
};

// As many cores as chaos mode lets a program see: 1 … 8.
int chaos_core_count(uint64_t seed);

}  // namespace rr::schedule
