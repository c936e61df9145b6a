#include "record/scratch_pool.h"

#include "util/bytes.h"

namespace rr::record {
namespace {

// What reads past the page cache (O_DIRECT) wants its buffers aligned.
constexpr uint64_t kPieceAlignment = 4096;

}  // namespace

// The first gap that it fits into: the memory used is as little as can be.
std::optional<AddressRange> ScratchPool::take(uint64_t size) {
  if (size > all_.size) return std::nullopt;
  const uint64_t whole = round_up(size, kPieceAlignment);
  Address start = all_.start;
  for (const auto& [taken, taken_size] : taken_) {
    if (start + whole <= taken) break;
    start = taken + taken_size;
  }
  if (start + whole > all_.end()) return std::nullopt;
  taken_.emplace(start, whole);
  return AddressRange{start, whole};
}

std::optional<ScratchLease> ScratchLease::take(std::shared_ptr<ScratchPool> pool, uint64_t size) {
  const auto piece = pool->take(size);
  if (!piece) return std::nullopt;
  return ScratchLease(std::move(pool), *piece);
}

}  // namespace rr::record
