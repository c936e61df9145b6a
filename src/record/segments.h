// Segments of System V shared memory as the system lists them.
#pragma once

#include <cstdint>

namespace rr::record {

// Whether a segment, which the program has just attached for the first time, may hold something
// other than zeros. Warns if a process that is not recorded has it attached, too.
bool may_hold_anything(int32_t segment);

}  // namespace rr::record
