// Tries out, on a child of our own, what `rr doctor` reports.
#pragma once

#include <string>

namespace rr::cli {

// Starts a child under ptrace and our filter; what went wrong, or empty.
std::string probe_tracing();

// Whether a traced child's pointer-authentication keys can be read.
bool probe_pac_keys();

}  // namespace rr::cli
