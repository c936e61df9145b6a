// A growing run of bytes that is filled in place: room that was asked for is not cleared first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace rr::trace {

class Buffer final {
 public:
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::span<const std::byte> bytes() const { return {storage_.get(), size_}; }
  std::byte* data() { return storage_.get(); }

  // Room behind what is there, valid until the next call. It counts only once it is added.
  std::span<std::byte> room(size_t wanted) {
    if (capacity_ - size_ < wanted) grow(size_ + wanted);
    return {storage_.get() + size_, wanted};
  }
  void add(size_t filled) { size_ += filled; }
  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void clear() { size_ = 0; }

 private:
  void grow(size_t wanted) {
    const size_t capacity = std::max({wanted, 2 * capacity_, size_t{4096}});
    auto storage = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ != 0) std::memcpy(storage.get(), storage_.get(), size_);
    storage_ = std::move(storage);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[]> storage_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace rr::trace
