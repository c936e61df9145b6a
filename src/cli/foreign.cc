// The commands that need the recorded CPU, on a build for another: each says where it can be run.

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "util/error.h"

#if !RR_NATIVE

namespace rr::cli {
namespace {

void add_stand_in(CLI::App& app, const char* name, const char* description) {
  CLI::App* command = app.add_subcommand(name, description);
  command->prefix_command();
  command->callback([name] {
    fail(std::string("`rr ") + name +
             "` needs a Linux/aarch64 machine; this build only reads recordings "
             "(dump, ps, traceinfo, pack, …)",
         ExitCode::kUnavailable);
  });
}

}  // namespace

void add_record_command(CLI::App& app, Context&) {
  add_stand_in(app, "record", "Record a program");
}
void add_replay_command(CLI::App& app, Context&) {
  add_stand_in(app, "replay", "Replay a recording");
}
void add_doctor_command(CLI::App& app, Context&) {
  add_stand_in(app, "doctor", "Say what recording needs and whether this machine has it");
}

}  // namespace rr::cli

#endif
