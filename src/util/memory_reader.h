// The seam through which pure code reads a tracee's memory: the system-call table to find lengths,
// the debugger to show bytes. A test puts a map of bytes behind it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>

#include "util/types.h"

namespace rr {

class MemoryReader {
 public:
  virtual ~MemoryReader() = default;

  // Reads up to out.size() bytes and returns how many could be read before the first inaccessible
  // byte.
  virtual size_t read(Address address, std::span<std::byte> out) const = 0;

  // The whole object, or nothing.
  template <typename T>
  std::optional<T> read_object(Address address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T object;
    if (read(address, std::as_writable_bytes(std::span(&object, 1))) != sizeof(T))
      return std::nullopt;
    return object;
  }
};

}  // namespace rr
