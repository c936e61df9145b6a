// rr gdbinit: the commands that `rr replay` gives to gdb, for a gdb that is started otherwise.

#include <cstdio>

#include "cli/command.h"
#include "gdb/init_script.h"

namespace rr::cli {

void add_gdbinit_command(CLI::App& app, Context&) {
  Command(app, "gdbinit", "Print the commands that rr gives to gdb").run([] {
    std::fputs(gdb::gdb_init_script().c_str(), stdout);
  });
}

}  // namespace rr::cli
