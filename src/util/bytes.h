// Views of plain objects as bytes and back.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace rr {

using Bytes = std::vector<std::byte>;

template <typename T>
std::span<const std::byte> bytes_of(const T& object) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_bytes(std::span(&object, 1));
}

template <typename T>
std::span<std::byte> writable_bytes_of(T& object) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_writable_bytes(std::span(&object, 1));
}

template <typename T>
Bytes to_bytes(const T& object) {
  const auto view = bytes_of(object);
  return {view.begin(), view.end()};
}

// Nothing when the sizes differ.
template <typename T>
std::optional<T> object_from(std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (bytes.size() != sizeof(T)) return std::nullopt;
  T object;
  std::memcpy(&object, bytes.data(), sizeof(T));
  return object;
}

constexpr uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}
constexpr uint64_t round_down(uint64_t value, uint64_t unit) { return value / unit * unit; }

}  // namespace rr
