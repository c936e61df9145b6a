// The files of /proc that debuggers read, made up from a machine: `info proc mappings` and its like
// show the recorded process.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "machine/machine.h"

namespace rr::gdb {

// Nothing where there is no such process or no such file is made.
std::optional<std::string> proc_file(const machine::Machine& machine, std::string_view path);
// What a symbolic link of /proc points to.
std::optional<std::string> proc_link(const machine::Machine& machine, std::string_view path);

}  // namespace rr::gdb
