// rr buildid: the build ids of ELF files, as tools need them that fetch debugging information.

#include <cstdio>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/elf_file.h"

namespace rr::cli {
namespace {

void print(const std::string& path) {
  const auto elf = ElfFile::open(path);
  std::puts(elf ? elf->build_id().c_str() : "");
  std::fflush(stdout);
}

}  // namespace

void add_buildid_command(CLI::App& app, Context&) {
  auto paths = std::make_shared<std::vector<std::string>>();
  Command(app, "buildid", "Print the build ids of files")
      .operands("files", *paths, "FILE",
                "The files (default: read from standard input, one a line)")
      .notes("A line for each file; an empty one for a file that has none.")
      .run([paths] {
        for (const std::string& path : *paths) print(path);
        if (!paths->empty()) return;
        for (std::string line; std::getline(std::cin, line);) print(line);
      });
}

}  // namespace rr::cli
