// Memory that the program shares with a process that is not recorded: what that one writes there
// the recording lacks. It cannot be watched, but it can be said.
#pragma once

#include <cstdint>
#include <string>

namespace rr::record {

// Looks for processes that we do not trace and that have the file mapped; warns of the first.
void warn_if_shared_outside(uint64_t device, uint64_t inode, const std::string& name);

}  // namespace rr::record
