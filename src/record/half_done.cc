#include "record/half_done.h"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <vector>

#include "kernel/proc.h"

namespace rr::record {
namespace {

// From the start of the range as far as mappings adjoin and each, cut to the range, is `like` that.
template <typename Like>
AddressRange part_that_is(Tid tid, AddressRange range, const Like& like) {
  Address reached = range.start;
  for (const kernel::MapsEntry& entry : kernel::read_maps(tid)) {
    if (reached >= range.end()) break;
    if (!entry.range.contains(reached)) continue;
    const Address end = std::min(entry.range.end(), range.end());
    if (!like(entry, AddressRange{reached, end.value - reached.value})) break;
    reached = end;
  }
  return {range.start, reached.value - range.start.value};
}

// mprotect goes from mapping to mapping and stops at one that is sealed, at a gap, at a file that
// may not be written. What had the protection before is told, too, and loses nothing by it.
AddressRange protected_part(Tid tid, AddressRange range, uint64_t protection) {
  constexpr uint64_t kShown = PROT_READ | PROT_WRITE | PROT_EXEC;
  return part_that_is(tid, range, [&](const kernel::MapsEntry& entry, AddressRange) {
    return entry.protection == (protection & kShown);
  });
}

// Advice goes the same way, and stops at what is locked or sealed. Where it has been nothing is
// left of the process's own pages; where there were none it makes no difference.
AddressRange emptied_part(Tid tid, AddressRange range) {
  return part_that_is(tid, range, [&](const kernel::MapsEntry&, AddressRange part) {
    return kernel::private_pages(tid, part).empty();
  });
}

// MADV_REMOVE takes the contents out of the file behind a mapping and stops at one that is private,
// locked or (as older kernels see it) not writable. Where it has been no page is mapped.
AddressRange removed_part(Tid tid, AddressRange range) {
  return part_that_is(tid, range, [&](const kernel::MapsEntry& entry, AddressRange part) {
    return entry.shared && !kernel::has_pages(tid, part);
  });
}

// What a new mapping is to replace is gone before it is made. Where nothing was, nothing changes.
AddressRange unmapped_part(Tid tid, AddressRange range) {
  const auto maps = kernel::read_maps(tid);
  const bool is_gone = std::none_of(maps.begin(), maps.end(), [&](const kernel::MapsEntry& entry) {
    return entry.range.start < range.end() && range.start < entry.range.end();
  });
  return is_gone ? range : AddressRange{range.start, 0};
}

bool empties(uint64_t advice) {
  constexpr uint64_t kDontneedLocked = 24;
  return advice == MADV_DONTNEED || advice == kDontneedLocked;
}

// That the kernel has not refused at once.
bool is_well_formed(AddressRange range) {
  return range.start.value % kernel::page_size() == 0 && range.size != 0 &&
         range.start.value + range.size > range.start.value;
}

}  // namespace

std::optional<trace::Mapping> half_done(Tid tid, syscalls::Special special,
                                        const SyscallArguments& call, int64_t result) {
  using syscalls::Special;
  const AddressRange range{{call.args[0]}, kernel::page_up(call.args[1])};
  const bool is_possible = is_well_formed(range);
  const AddressRange target{{call.args[4]}, kernel::page_up(call.args[2])};
  trace::Mapping done{.range = {range.start, 0}};
  switch (special) {
    case Special::kMprotect:
      if (is_possible && result != -EINVAL) {
        done.range = protected_part(tid, range, call.args[2]);
      }
      return done;
    case Special::kMadvise:
      // After ENOMEM all that is mapped has been advised.
      if (result == -ENOMEM) return std::nullopt;
      if (static_cast<uint32_t>(call.args[2]) == MADV_REMOVE) {
        if (is_possible) done.range = removed_part(tid, range);
        return done;
      }
      if (!empties(static_cast<uint32_t>(call.args[2]))) return std::nullopt;
      if (is_possible) done.range = emptied_part(tid, range);
      return done;
    case Special::kMmap:
      if ((call.args[3] & MAP_FIXED) == 0) return std::nullopt;
      if (is_possible) done.range = unmapped_part(tid, range);
      return done;
    case Special::kMremap:
      if ((call.args[3] & MREMAP_FIXED) == 0) return std::nullopt;
      if (is_possible && is_well_formed(target)) done.range = unmapped_part(tid, target);
      return done;
    default:
      return std::nullopt;
  }
}

}  // namespace rr::record
