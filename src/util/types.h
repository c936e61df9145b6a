// The numbers a recording is made of, as types that do not mix. Each is an aggregate with one
// field, so that a value is written `Tid{7}` and read `tid.value`; none converts to another, and an
// Address never converts to a pointer.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace rr {

// An address in a tracee, without tag bits unless a declaration says so.
struct Address {
  uint64_t value = 0;

  auto operator<=>(const Address&) const = default;
  constexpr Address operator+(uint64_t bytes) const { return {value + bytes}; }
  constexpr Address operator-(uint64_t bytes) const { return {value - bytes}; }
  constexpr uint64_t operator-(Address other) const { return value - other.value; }
};

// A thread's and a process's number as the recorder's (or replayer's) pid namespace shows it.
struct Tid {
  int32_t value = 0;
  auto operator<=>(const Tid&) const = default;
};
struct Pid {
  int32_t value = 0;
  auto operator<=>(const Pid&) const = default;
};

// User-space progress of one thread since its first recorded instruction; the unit stands in the
// trace's header.
struct Ticks {
  uint64_t value = 0;
  auto operator<=>(const Ticks&) const = default;
};

// What a tick counts: a property of a recording, and of the machine that replays it.
enum class TickUnit { kNone, kInstructions, kTakenBranches };

// The place of a frame in the recording, from 1.
struct FrameNumber {
  uint64_t value = 0;
  auto operator<=>(const FrameNumber&) const = default;
};

// A half-open range of tracee memory.
struct AddressRange {
  Address start;
  uint64_t size = 0;

  auto operator<=>(const AddressRange&) const = default;
  constexpr Address end() const { return start + size; }
  constexpr bool contains(Address a) const { return a >= start && a.value - start.value < size; }
};

}  // namespace rr

template <>
struct std::hash<rr::Tid> {
  size_t operator()(rr::Tid t) const noexcept { return std::hash<int32_t>{}(t.value); }
};
template <>
struct std::hash<rr::Pid> {
  size_t operator()(rr::Pid p) const noexcept { return std::hash<int32_t>{}(p.value); }
};
template <>
struct std::hash<rr::Address> {
  size_t operator()(rr::Address a) const noexcept { return std::hash<uint64_t>{}(a.value); }
};
