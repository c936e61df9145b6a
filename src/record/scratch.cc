#include "record/scratch.h"

#include "util/bytes.h"

namespace rr::record {
namespace {

using syscalls::Region;

// Up to here a region is filled with what the program has there: the call may read it, or leave
// part of it as it is.
constexpr uint64_t kSmall = 4096;

bool is_movable(const Region& region) {
  // Argument 1 stays: a restart takes it from where a tracer cannot write on every kernel (quirk
  // original-argument).
  return region.held == Region::Held::kInside ||
         (region.held == Region::Held::kArgument && region.argument > 1);
}

void copy(tracee::AddressSpace& space, Address from, Address to, uint64_t size) {
  Bytes bytes(size);
  bytes.resize(space.read(from, bytes));
  space.write(to, bytes);
}

}  // namespace

Scratch::Scratch(tracee::Thread& thread, const syscalls::Plan& plan, AddressRange area) {
  if (area.size == 0) return;
  std::vector<Move> moves;
  uint64_t used = 0;
  for (const Region& region : plan.regions.view()) {
    if (region.is_in_place || region.held == Region::Held::kInside) continue;
    if (!is_movable(region)) return;
    const bool is_whole = region.size <= kSmall || region.measure == Region::Measure::kNothing;
    moves.push_back({region.address, area.start + used, region.size, region.argument, is_whole});
    used += round_up(region.size, 64);
    if (used > area.size || region.size > area.size) return;
  }
  if (moves.empty()) return;
  Registers registers = thread.stopped().registers();
  for (const Move& move : moves) {
    if (move.is_whole) copy(thread.space(), move.program, move.scratch, move.size);
    registers.x[move.argument - 1u] = move.scratch.value;
  }
  thread.stopped().set_registers(registers);
  moves_ = std::move(moves);
}

void Scratch::copy_back_words(tracee::Thread& thread) const {
  for (const Move& move : moves_) {
    if (move.is_whole) copy(thread.space(), move.scratch, move.program, move.size);
  }
}

void Scratch::copy_back(tracee::Thread& thread, const syscalls::Output& output) const {
  for (const Move& move : moves_) {
    if (move.is_whole || move.program != output.address) continue;
    const uint64_t size = output.is_counted ? output.written : output.possible;
    copy(thread.space(), move.scratch, move.program, std::min(size, move.size));
  }
}

Registers Scratch::with_program_arguments(Registers at_exit, const Registers& before) const {
  for (const Move& move : moves_) at_exit.x[move.argument - 1u] = before.x[move.argument - 1u];
  return at_exit;
}

}  // namespace rr::record
