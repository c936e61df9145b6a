// The list of loaded libraries as the dynamic linker keeps it (struct r_debug and link_map, glibc's
// link.h), read out of a process's memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machine/machine.h"

namespace rr::gdb {

struct LoadedLibrary {
  std::string name;  // empty: the program itself
  Address link_map;
  Address base;     // what is added to the file's addresses
  Address dynamic;  // its dynamic section
  Address names;    // the linker's namespace: where its struct r_debug lies
};

// Where struct r_debug lies; nothing in a static program, and before the linker has set it.
std::optional<Address> linker_debug_address(const machine::Machine& machine, Pid pid);

std::vector<LoadedLibrary> loaded_libraries(const machine::Machine& machine, Pid pid);

// As qXfer:libraries-svr4 has it.
std::string libraries_xml(const std::vector<LoadedLibrary>& libraries);

}  // namespace rr::gdb
