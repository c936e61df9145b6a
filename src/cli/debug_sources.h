// The source files that an ELF file's line tables name (DWARF 2 to 5).
#pragma once

#include <set>
#include <string>

#include "cli/elf_file.h"

namespace rr::cli {

// Names as the compiler knew them; relative where the table does not tell the folder (before
// DWARF 5). A damaged table ends the list; nothing in it is trusted.
std::set<std::string> source_files_of(const ElfFile& elf);

}  // namespace rr::cli
