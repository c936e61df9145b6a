// Memory that an audited call is lent: each piece ends where the next byte cannot be touched, and
// is filled with a pattern, so that whatever the kernel changes shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "util/bytes.h"

namespace rr::test {

class Arena {
 public:
  explicit Arena(std::byte pattern) : pattern_(pattern) {}

  // `size` bytes of the pattern, at most kLargest.
  std::byte* space(size_t size);
  // What the kernel reads first, or is given to overwrite.
  template <typename T>
  T* object(const T& value) {
    std::byte* at = space(sizeof(T));
    std::memcpy(at, &value, sizeof(T));
    return reinterpret_cast<T*>(at);
  }
  template <typename T>
  T* array(std::initializer_list<T> values) {
    std::byte* at = space(values.size() * sizeof(T));
    std::memcpy(at, values.begin(), values.size() * sizeof(T));
    return reinterpret_cast<T*>(at);
  }
  char* text(std::string_view words);

  // What can be touched from `address` on, in bytes; 0 for what is no piece of it.
  uint64_t reach(uint64_t address) const;

  // To compare with later.
  void remember();
  // The addresses of the bytes that have changed since.
  std::vector<uint64_t> changed() const;

  static constexpr size_t kLargest = size_t{80} * 1024;

 private:
  struct Piece {
    std::byte* mapping;  // may be touched from here …
    std::byte* end;      // … to here
    std::byte* start;    // of what was asked for, which goes to the end
    Bytes before;
  };
  std::byte pattern_;
  std::vector<Piece> pieces_;
};

}  // namespace rr::test
