// The commands that turn a gdb into the debugger of a replay: what `rr replay` gives to gdb, and
// `rr gdbinit` prints.
#pragma once

#include <string>

namespace rr::gdb {

std::string gdb_init_script();

}  // namespace rr::gdb
