// Why a file cannot be recorded, found by looking at it, in words for the person who named it.
#pragma once

#include <string>

#include "cli/trace_directories.h"

namespace rr::cli {

// Where a program without a slash in its name lies by PATH; empty if it is in none of the folders.
std::string look_up_program(const std::string& program, const Environment& environment);

// Where `program` lies: as given if it has a slash, else by PATH. Throws Error(kUnavailable) if
// there is no such program.
std::string find_program(const std::string& program, const Environment& environment);

// Throws Error(kUnavailable) for what the kernel would start but we could not record (32-bit ARM),
// and for what it would refuse with a word that does not help.
void check_program(const std::string& path);

// What execve's error means for this file: "… : there is no interpreter /bin/nosh".
std::string explain_exec_failure(const std::string& path, int error);

}  // namespace rr::cli
