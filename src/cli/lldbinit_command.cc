// rr lldbinit: the commands that `rr replay -d lldb` gives to lldb, for one that is started
// otherwise.

#include <cstdio>

#include "cli/command.h"
#include "gdb/lldb_script.h"

namespace rr::cli {

void add_lldbinit_command(CLI::App& app, Context&) {
  Command(app, "lldbinit", "Print the commands that rr gives to lldb").run([] {
    std::fputs(gdb::lldb_init_script().c_str(), stdout);
  });
}

}  // namespace rr::cli
