#include "tracee/address_space.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "util/bytes.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::tracee {
namespace {

constexpr uint64_t kSize = Arch::kSyscallInstructionSize;

// Copies the part of `from` (which lies at `from_at`) that falls into `to` (which lies at `to_at`).
template <typename From, typename To>
void overlay(From from, Address from_at, To to, Address to_at) {
  for (size_t i = 0; i < from.size(); ++i) {
    const Address at = from_at + i;
    if (at >= to_at && at - to_at < to.size()) to[at - to_at] = from[i];
  }
}

// Whether memory that was read at `address` has something else where a breakpoint was planted: the
// program or the kernel has written over it since.
bool shows_another(Address planted, std::span<const std::byte> memory, Address address) {
  if (planted < address || planted + kSize > address + memory.size()) return false;
  return !std::ranges::equal(memory.subspan(planted - address, kSize), Arch::kBreakpoint);
}

[[noreturn]] void fail_to_write(Address address, size_t size) {
  char where[64];
  std::snprintf(where, sizeof where, "%zu bytes at 0x%llx", size,
                static_cast<unsigned long long>(address.value));
  fail_errno("write", std::string(where) + " of the tracee's memory", "", ExitCode::kUnavailable);
}

}  // namespace

size_t AddressSpace::read(Address address, std::span<std::byte> out) const {
  const size_t n = memory_.read(address, out);
  if (planted_.empty() || n == 0) return n;
  const auto first =
      planted_.lower_bound(Address{address.value < kSize ? 0 : address.value - kSize});
  for (auto it = first; it != planted_.end() && it->first < address + n; ++it) {
    if (shows_another(it->first, out.first(n), address)) continue;
    overlay(std::span(it->second.original), it->first, out.first(n), address);
  }
  return n;
}

size_t AddressSpace::write(Address address, std::span<const std::byte> bytes) {
  const Address from{address.value < kSize ? 0 : address.value - kSize};
  const auto is_within = [&](auto it, size_t size) {
    return it != planted_.end() && it->first < address + size;
  };
  for (auto it = planted_.lower_bound(from); is_within(it, bytes.size());) {
    it = is_overwritten(it->first) ? planted_.erase(it) : std::next(it);
  }
  const size_t n = memory_.write(address, bytes);
  for (auto it = planted_.lower_bound(from); is_within(it, n);) {
    Instruction now = it->second.original;
    overlay(bytes.first(n), address, std::span(now), it->first);
    it = keep_if_same(it, now);
  }
  return n;
}

// What has come there is another instruction, or none: it must be seen as it is.
std::map<Address, AddressSpace::Planted>::iterator AddressSpace::keep_if_same(
    std::map<Address, Planted>::iterator planted, const Instruction& now) {
  const bool is_same = now == planted->second.original;
  memory_.write(planted->first, is_same ? Arch::kBreakpoint : now);
  return is_same ? std::next(planted) : planted_.erase(planted);
}

// What a call that failed could have written is in the recording as it was then; where nobody can
// write it is that already.
void AddressSpace::write_all(Address address, std::span<const std::byte> bytes) {
  constexpr uint64_t kSmallestPage = 4096;
  while (!bytes.empty()) {
    const size_t written = write(address, bytes);
    const int error = errno;
    address = address + written;
    bytes = bytes.subspan(written);
    const size_t same = std::min(bytes.size(), kSmallestPage - address.value % kSmallestPage);
    Bytes now(same);
    now.resize(read(address, now));
    if (!std::ranges::equal(now, bytes.first(same))) {
      errno = error;
      fail_to_write(address, bytes.size());
    }
    address = address + same;
    bytes = bytes.subspan(same);
  }
}

bool AddressSpace::plant(Address address) {
  Planted& planted = planted_[address];
  if (planted.count == 0 || is_overwritten(address)) {
    if (memory_.read(address, planted.original) != kSize ||
        memory_.write(address, Arch::kBreakpoint) != kSize) {
      planted_.erase(address);
      return false;
    }
  }
  ++planted.count;
  return true;
}

bool AddressSpace::is_overwritten(Address address) const {
  Instruction now{};
  return memory_.read(address, now) == kSize && now != Arch::kBreakpoint;
}

void AddressSpace::unplant(Address address) {
  const auto it = planted_.find(address);
  if (it == planted_.end()) return;  // forgotten with its mapping
  if (--it->second.count > 0) return;
  if (!is_overwritten(address)) memory_.write(address, it->second.original);
  planted_.erase(it);
}

void AddressSpace::lift(Address address) {
  const auto it = planted_.find(address);
  if (it == planted_.end()) return;
  if (is_overwritten(address)) {
    planted_.erase(it);
  } else {
    memory_.write(address, it->second.original);
  }
}

void AddressSpace::lower(Address address) {
  if (planted_.contains(address)) memory_.write(address, Arch::kBreakpoint);
}

void AddressSpace::forget_planted(AddressRange range) {
  std::erase_if(planted_, [&](const auto& entry) { return range.contains(entry.first); });
}

void AddressSpace::move_planted(AddressRange from, Address to) {
  std::vector<std::pair<Address, Planted>> moved;
  std::erase_if(planted_, [&](const auto& entry) {
    if (!from.contains(entry.first)) return false;
    moved.emplace_back(to + (entry.first - from.start), entry.second);
    return true;
  });
  planted_.insert(moved.begin(), moved.end());
}

void AddressSpace::replant(AddressRange range) {
  for (auto it = planted_.lower_bound(range.start);
       it != planted_.end() && range.contains(it->first);) {
    Instruction now = it->second.original;
    memory_.read(it->first, now);
    it = keep_if_same(it, now);
  }
}

}  // namespace rr::tracee
