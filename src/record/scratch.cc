#include "record/scratch.h"

#include <algorithm>
#include <array>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/memory.h"
#include "syscalls/kernel_types.h"

namespace rr::record {
namespace {

using syscalls::Region;

// Up to here a region is filled with what the program has there: the call may leave part of it as
// it is.
constexpr uint64_t kSmall = 4096;
// A call that reads more than this from a file is left alone: it costs a copy, and hardly ever
// waits.
constexpr uint64_t kCheap = 128 * 1024;
// More than this no pipe holds (fs.pipe-max-size), nor a datagram, and seldom a stream.
constexpr uint64_t kMuch = 1024 * 1024;

constexpr size_t kCountArgument = 3;

// A region of more than this goes nowhere.
constexpr uint64_t kTooMuch = uint64_t{1} << 32;

// What may be read into past the page cache (O_DIRECT) stays aligned.
uint64_t alignment_of(const Region& region) {
  constexpr uint64_t kSector = 512;
  const bool is_direct = region.address.value % kSector == 0 && region.size % kSector == 0;
  return is_direct ? 4096 : 64;
}

bool is_moved(const Region& region) {
  // The time left of a sleep: a restart goes on with the pointer that the kernel has kept.
  const bool is_of_restart = region.when == syscalls::kInterrupted;
  return !region.is_in_place && region.held != Region::Held::kInside && !is_of_restart;
}

// Its size is that of a buffer to be read into, which the call need not fill.
bool is_buffer(const Region& region) {
  return region.is_output && region.unit == 1 && region.measure == Region::Measure::kResult;
}

// Whether the call may find there what it reads, or leave as it is what the result does not tell.
bool is_filled(const Region& region) {
  return region.size <= kSmall || !region.is_output || region.unit != 1 ||
         region.measure == Region::Measure::kNothing;
}

bool reads_file(int32_t number) {
  using namespace aarch64;
  return number == kSysRead || number == kSysReadv || number == kSysPread64 ||
         number == kSysPreadv || number == kSysPreadv2;
}

// The type bits of what descriptor `fd` is.
mode_t type_of_file(Tid tid, uint64_t fd) {
  struct stat status {};
  const std::string path =
      "/proc/" + std::to_string(tid.value) + "/fd/" + std::to_string(static_cast<int32_t>(fd));
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & S_IFMT : S_IFREG;
}

// Whether the program must expect less than it asks for, however much there is.
bool may_be_short(Tid tid, const SyscallArguments& call) {
  using namespace aarch64;
  if (call.number == kSysRecvfrom) return (call.args[3] & MSG_WAITALL) == 0;
  if (call.number == kSysRecvmsg) return (call.args[2] & MSG_WAITALL) == 0;
  if (call.number != kSysRead && call.number != kSysReadv) return false;
  // An event file of the kernel has no type.
  const mode_t type = type_of_file(tid, call.args[0]);
  return type == S_IFIFO || type == S_IFSOCK || type == 0;
}

void copy(tracee::AddressSpace& space, Address from, Address to, uint64_t size) {
  Bytes bytes(size);
  bytes.resize(space.read(from, bytes));
  space.write(to, bytes);
}

// Where the program may not write the kernel is to find that: what goes back later is written
// through any protection. The byte is written as it is; that is the question.
bool may_write(const tracee::Thread& thread, Address address) {
  std::array<std::byte, 1> byte;
  return thread.space().read(address, byte) == 1 &&
         kernel::write_where_allowed(thread.real(), address, byte) == 1;
}

bool may_write(const tracee::Thread& thread, const Region& region) {
  if (!region.is_output || region.size == 0) return true;
  const bool has_small_end = region.size <= kSmall;
  return may_write(thread, region.address) &&
         (!has_small_end || may_write(thread, region.address + (region.size - 1)));
}

template <typename Value>
void put(Bytes& bytes, uint64_t at, const Value& value) {
  std::ranges::copy(bytes_of(value), bytes.begin() + static_cast<ptrdiff_t>(at));
}

}  // namespace

Scratch::Scratch(tracee::Thread& thread, const syscalls::Plan& plan, const SyscallArguments& call,
                 const std::shared_ptr<ScratchPool>& pool) {
  if (pool->all().size == 0 || !choose(plan)) return;
  uint64_t size = lay_out();
  if (size > kCheap && reads_file(call.number)) {
    const mode_t type = type_of_file(thread.real(), call.args[0]);
    if (type == S_IFREG || type == S_IFBLK) return;
  }
  if (size > kMuch && may_be_short(thread.real(), call)) {
    shrink();
    size = lay_out();
  }
  const auto is_refused = [&](const Move& move) { return !may_write(thread, move.region); };
  if (std::ranges::any_of(moves_, is_refused)) return;
  std::optional<ScratchLease> lease = ScratchLease::take(pool, size);
  if (!lease) return;
  for (Move& move : moves_) move.scratch = lease->start() + move.scratch.value;
  if (!fill(thread.space())) return;
  lease_ = std::move(lease);
  redirect(thread);
}

// The move that the address of `region` stands in, with its length if it has one: the last that
// fits, since messages may share an iovec, and each has a copy.
std::optional<size_t> Scratch::parent_of(const Region& region) const {
  const uint64_t held = is_buffer(region) ? sizeof(syscalls::kernel::Iovec) : sizeof(uint64_t);
  for (size_t i = moves_.size(); i-- > 0;) {
    const Region& outer = moves_[i].region;
    const AddressRange range{outer.address, outer.size};
    const bool is_inside =
        range.contains(region.pointer_at) && range.contains(region.pointer_at + (held - 1));
    if (!outer.is_output && is_inside) return i;
  }
  return std::nullopt;
}

// False where something that has to go with the rest cannot, or there is nothing to go.
bool Scratch::choose(const syscalls::Plan& plan) {
  for (const Region& region : plan.regions.view()) {
    if (!is_moved(region)) continue;
    Move move{region};
    if (region.held == Region::Held::kPointer) {
      move.parent = parent_of(region);
      if (!move.parent) return false;
    }
    moves_.push_back(std::move(move));
  }
  return std::ranges::any_of(moves_, [](const Move& move) { return move.region.is_output; });
}

// The buffers are cut to what is likely to be there.
void Scratch::shrink() {
  uint64_t left = kMuch;
  for (Move& move : moves_) {
    if (!is_buffer(move.region)) continue;
    move.region.size = std::min(move.region.size, left);
    left -= move.region.size;
    if (move.region.held == Region::Held::kArgument) shrunk_count_ = move.region.size;
  }
}

// Gives each its offset. The size of all.
uint64_t Scratch::lay_out() {
  uint64_t used = 0;
  for (Move& move : moves_) {
    if (move.region.size > kTooMuch) return UINT64_MAX;
    used = round_up(used, alignment_of(move.region));
    move.scratch = {used};
    used += move.region.size;
  }
  return used;
}

// False where the program has not all of the memory: the kernel is to find that.
bool Scratch::fill(const tracee::AddressSpace& space) {
  for (Move& move : moves_) {
    if (!is_filled(move.region)) continue;
    move.given.resize(move.region.size);
    if (space.read(move.region.address, move.given) != move.given.size()) return false;
  }
  for (const Move& move : moves_) {
    if (move.parent) patch(move);
  }
  return true;
}

// In the structure around it: where it is now, and of a buffer in an iovec how long.
void Scratch::patch(const Move& move) {
  Move& parent = moves_[*move.parent];
  const uint64_t at = move.region.pointer_at.value - parent.region.address.value;
  put(parent.given, at, move.scratch.value);
  if (is_buffer(move.region))
    put(parent.given, at + offsetof(syscalls::kernel::Iovec, length), move.region.size);
}

void Scratch::redirect(tracee::Thread& thread) const {
  Registers registers = thread.stopped().registers();
  for (const Move& move : moves_) {
    if (!move.given.empty()) thread.space().write(move.scratch, move.given);
    if (move.region.held == Region::Held::kArgument)
      registers.x[move.region.argument - 1u] = move.scratch.value;
  }
  if (shrunk_count_) registers.x[kCountArgument - 1] = *shrunk_count_;
  thread.stopped().set_registers(registers);
}

// Nothing else: others may have written beside it meanwhile.
void Scratch::write_changes(tracee::AddressSpace& space, const Move& move) {
  Bytes now(move.given.size());
  now.resize(space.read(move.scratch, now));
  for (size_t start = 0; start < now.size();) {
    if (now[start] == move.given[start]) {
      ++start;
      continue;
    }
    size_t end = start;
    while (end < now.size() && now[end] != move.given[end]) ++end;
    space.write(move.region.address + start, std::span(now).subspan(start, end - start));
    start = end;
  }
}

void Scratch::copy_back_changes(tracee::Thread& thread) const {
  if (!is_used()) return;
  for (const Move& move : moves_) {
    if (!is_buffer(move.region)) write_changes(thread.space(), move);
  }
}

// Both are in the order of the call's regions.
void Scratch::copy_back(tracee::Thread& thread, std::span<const syscalls::Output> outputs) const {
  if (!is_used()) return;
  auto next = moves_.begin();
  for (const syscalls::Output& output : outputs) {
    const auto move = std::find_if(next, moves_.end(), [&](const Move& m) {
      return m.region.is_output && m.region.address == output.address &&
             m.region.size <= output.possible;
    });
    if (move == moves_.end()) continue;  // inside of a structure, which went back
    next = move + 1;
    if (!output.is_counted) {
      if (is_buffer(move->region)) write_changes(thread.space(), *move);
      continue;
    }
    copy(thread.space(), move->scratch, move->region.address,
         std::min(output.written, move->region.size));
  }
}

Registers Scratch::with_program_arguments(Registers at_exit, const Registers& before) const {
  for (const Move& move : moves_) {
    const size_t argument = move.region.argument;
    const bool is_changed = move.region.held == Region::Held::kArgument && argument > 1;
    if (is_changed) at_exit.x[argument - 1] = before.x[argument - 1];
  }
  if (shrunk_count_) at_exit.x[kCountArgument - 1] = before.x[kCountArgument - 1];
  return at_exit;
}

std::optional<uint64_t> Scratch::first_argument() const {
  if (!is_used()) return std::nullopt;
  for (const Move& move : moves_) {
    if (move.region.held == Region::Held::kArgument && move.region.argument == 1)
      return move.scratch.value;
  }
  return std::nullopt;
}

}  // namespace rr::record
