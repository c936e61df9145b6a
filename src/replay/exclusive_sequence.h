// A load-exclusive and the store-exclusive that belongs to it. A stop between them loses the
// monitor, so that stepping through one never gets past it: it is run through instead.
#pragma once

#include <optional>
#include <vector>

#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::replay {

struct ExclusiveSequence {
  AddressRange code;          // from the load to behind the store
  std::vector<Address> ends;  // where the thread may come out: behind it, or by a branch
};

// Nothing where no such load is, or no store in its neighbourhood.
std::optional<ExclusiveSequence> exclusive_sequence_at(const MemoryReader& memory, Address pc);

}  // namespace rr::replay
