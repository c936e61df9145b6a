// rr replay: alone to the end (-a), for a debugger elsewhere (-s), or with gdb started on it.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/describe_frame.h"
#include "cli/native/debug_session.h"
#include "kernel/spawn.h"
#include "replay/replayer.h"
#include "trace/reader.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::cli {
namespace {

std::unique_ptr<replay::Replayer> make_replayer(const std::string& trace, bool echo) {
  auto reader = std::make_unique<trace::Reader>(trace::Reader::open(trace));
  replay::ReplayOptions options;
  options.echo = echo;
  options.describe = describe_frame;
  return std::make_unique<replay::Replayer>(std::move(reader), std::move(options));
}

void replay_alone(replay::Replayer& replayer) {
  for (;;) {
    const machine::Stop stop = replayer.run({});
    if (std::holds_alternative<machine::EndOfReplay>(stop.reason)) break;
  }
  if (!replayer.recording_is_complete()) {
    LOG(kWarn, "replay")
        << "the recorder did not close this recording; it was replayed to where it "
           "ends";
  }
}

void replay(const ReplayRequest& request, Context& context) {
  const std::string trace = find_trace(request.trace, context.environment);
  kernel::bind_to_cpu(kernel::first_allowed_cpu());
  const MakeReplayer make = [&request, trace] {
    auto replayer = make_replayer(trace, !request.quiet);
    if (request.goto_frame != 0) replayer->replay_to({request.goto_frame});
    return replayer;
  };
  if (request.autopilot) {
    replay_alone(*make());
  } else if (!request.port.empty()) {
    serve_debugger(make, request);
  } else {
    context.outcome.exit_code = launch_debugger(make, request);
  }
}

}  // namespace

void add_replay_command(CLI::App& app, Context& context) {
  auto request = std::make_shared<ReplayRequest>();
  CLI::App* command =
      app.add_subcommand("replay", "Replay a recording, under gdb unless told otherwise");
  command->add_flag("-a,--autopilot", request->autopilot, "Without a debugger, to the end");
  command->add_option("-g,--goto", request->goto_frame,
                      "Let the debugger begin behind this event of `rr dump`");
  command->add_flag("-q,--no-redirect-output", request->quiet,
                    "Do not print the program's output again");
  command->add_option(
      "-s,--dbgport", request->port,
      "Serve a debugger at this port of the loopback address, or a Unix socket's path");
  command->add_flag("-k,--keep-listening", request->keep_listening,
                    "With -s: serve one debugger after another");
  command->add_option("-d,--debugger", request->debugger, "The debugger to start")
      ->capture_default_str();
  command->add_option("-x,--gdb-x", request->scripts, "A file of debugger commands")
      ->allow_extra_args(false);
  command
      ->add_option("-o,--debugger-option", request->debugger_options, "An option for the debugger")
      ->allow_extra_args(false);
  command->add_option("trace", request->trace,
                      "A recording (default: the latest). After --: options for the debugger");
  command->callback([request, &context] {
    auto& options = request->debugger_options;
    options.insert(options.end(), context.debugger_arguments.begin(),
                   context.debugger_arguments.end());
    if (request->keep_listening && request->port.empty()) {
      fail("-k goes with -s PORT", static_cast<ExitCode>(4));
    }
    replay(*request, context);
  });
}

}  // namespace rr::cli
