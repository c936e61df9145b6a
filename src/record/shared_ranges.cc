#include "record/shared_ranges.h"

#include <algorithm>

#include "kernel/proc.h"

namespace rr::record {
namespace {

std::vector<AddressRange> shared_mappings(Tid tid) {
  std::vector<AddressRange> ranges;
  for (const kernel::MapsEntry& entry : kernel::read_maps(tid)) {
    if (entry.shared) ranges.push_back(entry.range);
  }
  return ranges;
}

Address without_tag(Address address) { return {address.value & ~(uint64_t{0xff} << 56)}; }

bool overlaps(const AddressRange& a, const AddressRange& b) {
  return a.start < b.end() && b.start < a.end();
}

}  // namespace

bool SharedRanges::has_part_of(const syscalls::Plan& plan, Tid tid) {
  if (!ranges_) ranges_ = shared_mappings(tid);
  return std::ranges::any_of(plan.regions.view(), [&](const syscalls::Region& region) {
    const AddressRange written{without_tag(region.address), region.size};
    const auto is_in = [&](const AddressRange& range) { return overlaps(range, written); };
    return std::ranges::any_of(*ranges_, is_in);
  });
}

void SharedRanges::note_moved(const AddressRange& from) {
  // Of no size: it is mapped a second time.
  const AddressRange old{from.start, std::max<uint64_t>(from.size, 1)};
  const auto is_in = [&](const AddressRange& range) { return overlaps(range, old); };
  if (ranges_ && std::ranges::any_of(*ranges_, is_in)) forget();
}

}  // namespace rr::record
