// The commands that turn an lldb into the debugger of a replay.
#pragma once

#include <string>

namespace rr::gdb {

std::string lldb_init_script();

}  // namespace rr::gdb
