#include "timeline/checkpoints.h"

#include <algorithm>
#include <set>
#include <utility>

namespace rr::timeline {
namespace {

uint64_t distance(uint64_t a, uint64_t b) { return a < b ? b - a : a - b; }

}  // namespace

void Checkpoints::add(Checkpoint checkpoint) {
  const auto place = std::ranges::lower_bound(list_, checkpoint.mark, {}, &Checkpoint::mark);
  if (place != list_.end() && place->mark == checkpoint.mark &&
      place->origin == Origin::kAutomatic) {
    *place = std::move(checkpoint);
    return;
  }
  list_.insert(place, std::move(checkpoint));
}

bool Checkpoints::has_near(uint64_t cost) const {
  return std::ranges::any_of(
      list_, [&](const Checkpoint& c) { return distance(c.cost, cost) < policy_.nearest; });
}

std::optional<uint64_t> Checkpoints::last_cost_at(uint64_t cost) const {
  const auto behind = std::ranges::upper_bound(list_, cost, {}, &Checkpoint::cost);
  if (behind == list_.begin()) return std::nullopt;
  return std::prev(behind)->cost;
}

std::optional<Checkpoint> Checkpoints::latest_at(const machine::Mark& mark) const {
  const auto behind = std::ranges::upper_bound(list_, mark, {}, &Checkpoint::mark);
  if (behind == list_.begin()) return std::nullopt;
  return *std::prev(behind);
}

std::optional<Checkpoint> Checkpoints::latest_before(const machine::Mark& mark) const {
  const auto first = std::ranges::lower_bound(list_, mark, {}, &Checkpoint::mark);
  if (first == list_.begin()) return std::nullopt;
  return *std::prev(first);
}

void Checkpoints::thin(uint64_t cost) {
  thin_by_distance(cost);
  thin_by_memory();
}

// The line is cut into pieces, four of each size on either side and the next ones twice as long;
// the first checkpoint of each piece stays. Pieces lie at multiples of their size, so that they
// stay where they are while `cost` moves.
void Checkpoints::thin_by_distance(uint64_t cost) {
  std::set<std::pair<uint64_t, uint64_t>> taken;  // size, place
  std::erase_if(list_, [&](const Checkpoint& checkpoint) {
    if (checkpoint.origin != Origin::kAutomatic) return false;
    uint64_t size = policy_.nearest;
    while (distance(checkpoint.cost, cost) > 4 * size) size *= 2;
    return !taken.emplace(size, checkpoint.cost / size).second;
  });
}

// Asking a machine takes as long as it has pages: each is asked once, and all again before one of
// them is given up, since what they share with others changes.
void Checkpoints::thin_by_memory() {
  for (size_t i = 0; i + 1 < list_.size(); ++i) {
    if (!list_[i].bytes) list_[i].bytes = list_[i].machine->memory_bytes();
  }
  if (measured_bytes() <= policy_.memory_limit) return;
  measure_all();
  while (measured_bytes() > policy_.memory_limit) {
    const auto oldest = std::ranges::find(list_, Origin::kAutomatic, &Checkpoint::origin);
    if (oldest == list_.end()) return;
    list_.erase(oldest);
  }
}

uint64_t Checkpoints::measured_bytes() const {
  uint64_t total = 0;
  uint64_t bytes = 0;  // the latest will have as many as the one before
  for (const Checkpoint& checkpoint : list_) {
    bytes = checkpoint.bytes.value_or(bytes);
    if (checkpoint.origin == Origin::kAutomatic) total += bytes;
  }
  return total;
}

void Checkpoints::measure_all() {
  for (Checkpoint& checkpoint : list_) checkpoint.bytes = checkpoint.machine->memory_bytes();
}

std::vector<Checkpoint> Checkpoints::by_user() const {
  std::vector<Checkpoint> found;
  std::ranges::copy_if(list_, std::back_inserter(found),
                       [](const Checkpoint& c) { return c.origin == Origin::kUser; });
  std::ranges::sort(found, {}, &Checkpoint::number);
  return found;
}

bool Checkpoints::remove_of_user(uint64_t number) {
  return std::erase_if(list_, [&](const Checkpoint& c) {
           return c.origin == Origin::kUser && c.number == number;
         }) != 0;
}

}  // namespace rr::timeline
