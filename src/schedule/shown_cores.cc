#include "schedule/shown_cores.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace rr::schedule {
namespace {

constexpr size_t kWordBits = 64;

bool has_core(const CoreMask& mask, size_t core) {
  return core / kWordBits < mask.size() && (mask[core / kWordBits] >> core % kWordBits & 1) != 0;
}

// Behind the last of the row that begins with `first`.
size_t end_of_row(const CoreMask& mask, size_t first) {
  size_t end = first;
  while (has_core(mask, end)) ++end;
  return end;
}

}  // namespace

CoreMask with_cores(CoreMask mask, int count) {
  const auto wanted = static_cast<size_t>(count);
  mask.resize(std::max(mask.size(), (wanted + kWordBits - 1) / kWordBits));
  size_t shown = 0;
  for (const uint64_t word : mask) shown += static_cast<size_t>(std::popcount(word));
  for (size_t core = 0; shown < wanted && core < mask.size() * kWordBits; ++core) {
    if (has_core(mask, core)) continue;
    mask[core / kWordBits] |= uint64_t{1} << core % kWordBits;
    ++shown;
  }
  return mask;
}

std::string core_list(const CoreMask& mask) {
  std::string list;
  for (size_t core = 0; core < mask.size() * kWordBits; ++core) {
    if (!has_core(mask, core)) continue;
    const size_t last = end_of_row(mask, core) - 1;
    if (!list.empty()) list += ',';
    list += std::to_string(core);
    if (last > core) list += '-' + std::to_string(last);
    core = last;
  }
  return list + '\n';
}

}  // namespace rr::schedule
