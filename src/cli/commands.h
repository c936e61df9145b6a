// The commands of `rr`. Each adds itself to the parser and runs from its callback; what it finds
// out goes into `Outcome`.
#pragma once

#include <string>
#include <vector>

#include "cli/trace_directories.h"

namespace CLI {
class App;
}

namespace rr::cli {

// What the process is to end with. A program's death by a signal is passed on by dying of it.
struct Outcome {
  int exit_code = 0;
  int fatal_signal = 0;
};

// Options that stand before or behind the command's name.
struct GlobalOptions {
  std::string log;
  bool mark_stdio = false;
  bool warnings_are_fatal = false;
  bool is_unattended = false;  // whatever stdin and stdout are
};

struct Context {
  Environment environment;
  GlobalOptions global;
  std::string assumed_program;    // the first word, where it is no command and no folder
  std::vector<std::string> rest;  // record: the program's words; replay: what stands behind --
  Outcome outcome;
};

void add_buildid_command(CLI::App& app, Context& context);
void add_dump_command(CLI::App& app, Context& context);
void add_filename_command(CLI::App& app, Context& context);
void add_gdbinit_command(CLI::App& app, Context& context);
void add_help_command(CLI::App& app, Context& context);
void add_lldbinit_command(CLI::App& app, Context& context);
void add_ls_command(CLI::App& app, Context& context);
void add_mv_command(CLI::App& app, Context& context);
void add_pack_command(CLI::App& app, Context& context);
void add_ps_command(CLI::App& app, Context& context);
void add_rm_command(CLI::App& app, Context& context);
void add_sources_command(CLI::App& app, Context& context);
void add_traceinfo_command(CLI::App& app, Context& context);
// These need a Linux/aarch64 kernel under them; other builds have a stand-in that says so.
void add_record_command(CLI::App& app, Context& context);
void add_replay_command(CLI::App& app, Context& context);
void add_doctor_command(CLI::App& app, Context& context);

}  // namespace rr::cli
