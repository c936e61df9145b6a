// Parked machines along a recording, in order. Which of them stay is decided here: few, and dense
// where one is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "machine/machine.h"

namespace rr::timeline {

// How checkpoints are spaced and how many may stay, in Machine::cost() and bytes.
struct Policy {
  // Between two, while the replay runs forward; or this part of what has been replayed, if that is
  // more.
  uint64_t gap = 40'000'000;
  uint64_t part = 16;
  // On the way to a known place: where this part of the way is left.
  uint64_t approach = 5;
  uint64_t nearest = 500'000;          // no search leaves two that are closer
  uint64_t memory_limit = 1ULL << 30;  // of those that nobody asked for
  // What one stop costs that a search meets, and a copy of a machine, more or less.
  uint64_t stop = 50'000;
  uint64_t copy = 1'500'000;
};

enum class Origin {
  kStart,      // the first place: never given up
  kUser,       // until the user deletes it
  kAutomatic,  // as long as the policy likes it
};

struct Checkpoint {
  uint64_t number = 0;  // the user's, from 1; 0 for the others
  Origin origin = Origin::kAutomatic;
  machine::Mark mark;
  uint64_t cost = 0;
  std::shared_ptr<machine::Machine> machine;
  // Of its own, once a later one has been made: until then most of it is shared with the machine
  // that runs on.
  std::optional<uint64_t> bytes{};
};

class Checkpoints {
 public:
  explicit Checkpoints(const Policy& policy) : policy_(policy) {}

  // Sorted by mark. Of two at one mark, the one that is not automatic stays.
  void add(Checkpoint checkpoint);
  bool has_near(uint64_t cost) const;  // within Policy::nearest

  // Of the last one that is not behind this.
  std::optional<uint64_t> last_cost_at(uint64_t cost) const;

  // A copy: it stays usable whatever is given up meanwhile.
  std::optional<Checkpoint> latest_at(const machine::Mark& mark) const;
  std::optional<Checkpoint> latest_before(const machine::Mark& mark) const;

  // Of the automatic ones keeps a number that grows with the logarithm of the distance from `cost`
  // on either side, within the memory limit; the oldest go first.
  void thin(uint64_t cost);

  std::vector<Checkpoint> by_user() const;
  const std::vector<Checkpoint>& all() const { return list_; }
  bool remove_of_user(uint64_t number);

 private:
  void thin_by_distance(uint64_t cost);
  void thin_by_memory();
  uint64_t measured_bytes() const;
  void measure_all();

  Policy policy_;
  std::vector<Checkpoint> list_;
};

}  // namespace rr::timeline
