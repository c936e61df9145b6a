// A tracee's memory as a map of bytes: what was put there can be read, the rest is inaccessible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "util/bytes.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::test {

class FakeMemory final : public MemoryReader {
 public:
  void put(Address address, std::span<const std::byte> bytes) {
    for (size_t i = 0; i < bytes.size(); ++i) bytes_[address.value + i] = bytes[i];
  }
  template <typename T>
  void put_object(Address address, const T& object) {
    put(address, bytes_of(object));
  }
  void put_text(Address address, std::string_view text) {
    put(address, std::as_bytes(std::span(text.data(), text.size())));
  }
  void erase(Address address, uint64_t size) {
    for (uint64_t i = 0; i < size; ++i) bytes_.erase(address.value + i);
  }

  size_t read(Address address, std::span<std::byte> out) const override {
    ++reads_;
    size_t done = 0;
    for (; done < out.size(); ++done) {
      const auto found = bytes_.find(address.value + done);
      if (found == bytes_.end()) break;
      out[done] = found->second;
    }
    return done;
  }
  int reads() const { return reads_; }

 private:
  std::map<uint64_t, std::byte> bytes_;
  mutable int reads_ = 0;
};

}  // namespace rr::test
