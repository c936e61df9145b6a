// The memory in a recorded process where blocking calls put what they write while others run
// (record/scratch.h). A call leases a piece of it for its time. The threads of a process share one
// pool; the program knows nothing of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "util/types.h"

namespace rr::record {

class ScratchPool {
 public:
  explicit ScratchPool(AddressRange all) : all_(all) {}

  // Empty in a process that has none.
  AddressRange all() const { return all_; }

 private:
  friend class ScratchLease;
  std::optional<AddressRange> take(uint64_t size);
  void give_back(const AddressRange& piece) { taken_.erase(piece.start); }

  AddressRange all_;
  std::map<Address, uint64_t> taken_;  // sizes
};

class ScratchLease {
 public:
  // Nothing where no piece of that size is free.
  static std::optional<ScratchLease> take(std::shared_ptr<ScratchPool> pool, uint64_t size);

  ~ScratchLease() {
    if (pool_ != nullptr) pool_->give_back(piece_);
  }
  ScratchLease(ScratchLease&&) = default;  // leaves no pool behind
  ScratchLease& operator=(ScratchLease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(piece_, other.piece_);
    return *this;
  }

  Address start() const { return piece_.start; }

 private:
  ScratchLease(std::shared_ptr<ScratchPool> pool, AddressRange piece)
      : pool_(std::move(pool)), piece_(piece) {}

  std::shared_ptr<ScratchPool> pool_;
  AddressRange piece_;
};

}  // namespace rr::record
