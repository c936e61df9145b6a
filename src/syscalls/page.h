// docs/SYSCALLS.md, made from the table: which call is recorded how, what it writes, what is
// refused and why.
#pragma once

#include <string>

namespace rr::syscalls {

std::string generate_syscalls_page();

}  // namespace rr::syscalls
