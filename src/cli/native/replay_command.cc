// rr replay: alone to the end (-a), for a debugger elsewhere (-s), or with gdb started on it.

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/describe_frame.h"
#include "cli/native/debug_session.h"
#include "cli/native/output_mark.h"
#include "cli/progress.h"
#include "kernel/spawn.h"
#include "replay/replayer.h"
#include "trace/reader.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::cli {
namespace {

bool is_at_terminal(trace::Echo stream) {
  return ::isatty(stream == trace::Echo::kStderr ? STDERR_FILENO : STDOUT_FILENO) == 1;
}

// `line`, if there is one, is shown until the program prints something itself.
std::unique_ptr<replay::Replayer> make_replayer(const std::string& trace, bool echo,
                                                const Context& context,
                                                const std::shared_ptr<ProgressLine>& line) {
  auto reader = std::make_unique<trace::Reader>(trace::Reader::open(trace));
  replay::ReplayOptions options;
  options.echo = echo;
  options.describe = describe_frame;
  const bool is_marked = context.global.mark_stdio;
  options.before_output = [line, is_marked](trace::Echo stream, Tid tid, FrameNumber event) {
    if (line && is_at_terminal(stream)) line->stop();
    if (is_marked) mark_output(stream, tid, event);
  };
  if (line) {
    options.progress = [line, last = reader->frame_count()](FrameNumber done) {
      line->step(done.value, last);
    };
  }
  return std::make_unique<replay::Replayer>(std::move(reader), std::move(options));
}

// As options have numbers, with 0x also: what the debugger is given is decimal.
std::string event_number(const std::string& text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const char* const begin = text.data() + (is_hex ? 2 : 0);
  const char* const end = text.data() + text.size();
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(begin, end, number, is_hex ? 16 : 10);
  if (error != std::errc() || stop != end)
    fail("-g takes the number of an event of `rr dump`, not '" + text + "'");
  return std::to_string(number);
}

// Told before a debugger is started.
void check_begin_at(const ReplayRequest& request) {
  if (request.begin_at.empty() || request.begin_at == "end") return;
  const uint64_t last = trace::Reader::open(request.trace).frame_count();
  if (std::stoull(request.begin_at) > last)
    fail("-g " + request.begin_at + ": the recording's last event is " + std::to_string(last));
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_meant(const replay::Replayer& replayer, Pid pid, const std::string& wanted) {
  return std::to_string(pid.value) == wanted || replayer.executable(pid) == wanted ||
         base_name(replayer.executable(pid)) == wanted;
}

// The process that a machine::Stop begins, if it is the one that -f or -p asks for.
std::optional<Pid> process_begun(const replay::Replayer& replayer, const machine::Stop& stop,
                                 const ReplayRequest& request) {
  if (const auto* forked = std::get_if<machine::Forked>(&stop.reason)) {
    if (request.on_fork == forked->child.pid) return forked->child.pid;
  }
  const bool is_exec = std::holds_alternative<machine::Executed>(stop.reason);
  if (is_exec && is_meant(replayer, stop.task.pid, request.on_process)) return stop.task.pid;
  return std::nullopt;
}

// Runs to where -f or -p lets the debugger begin.
void go_to_process(replay::Replayer& replayer, ReplayRequest& request) {
  const Pid first = replayer.current_task().pid;
  if (is_meant(replayer, first, request.on_process)) {
    request.process = first;
    return;
  }
  for (;;) {
    const machine::Stop stop = replayer.run({});
    request.process = process_begun(replayer, stop, request);
    if (request.process) return;
    if (std::holds_alternative<machine::EndOfReplay>(stop.reason)) {
      const std::string what =
          request.on_fork ? "makes no process " + std::to_string(request.on_fork->value)
                          : "has no process '" + request.on_process + "' that executes a program";
      fail("the recording " + what + ": `rr ps` lists them", ExitCode::kNoSuchTask);
    }
  }
}

void run_to_the_end(replay::Replayer& replayer) {
  while (!std::holds_alternative<machine::EndOfReplay>(replayer.run({}).reason)) {
  }
  if (!replayer.recording_is_complete()) {
    LOG(kWarn, "replay")
        << "the recorder did not close this recording; it was replayed to where it "
           "ends";
  }
}

bool a_person_is_there(const ReplayRequest& request) {
  return !request.is_unattended && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

// A divergence at a terminal is shown in a debugger.
int replay_alone(const MakeReplayer& make, const ReplayRequest& request) {
  std::unique_ptr<replay::Replayer> replayer = make();
  try {
    run_to_the_end(*replayer);
    return 0;
  } catch (const Error& error) {
    if (error.code() != ExitCode::kDiverged || !a_person_is_there(request)) throw;
    // Over the line of progress.
    std::fprintf(stderr, "\r\033[Krr: %s\nrr: a debugger follows, on the state as it is now\n",
                 error.what());
    launch_debugger(make, request, Diverged{std::move(replayer), error.what()});
    return static_cast<int>(ExitCode::kDiverged);
  }
}

void refuse_contradictions(const ReplayRequest& request) {
  constexpr auto kNeedsPort = static_cast<ExitCode>(4);
  if (request.keep_listening && request.port.empty()) fail("-k goes with -s PORT", kNeedsPort);
  if (!request.host.empty() && request.port.empty()) fail("-h goes with -s PORT", kNeedsPort);
  if (request.on_fork && !request.on_process.empty()) {
    fail("-f and -p both say where to begin: one of them, please", ExitCode::kNoSuchTask);
  }
  if (request.autopilot && !request.port.empty()) {
    fail("-a replays without a debugger, -s serves one: one of them, please",
         ExitCode::kNoSuchTask);
  }
}

std::string chosen_trace(const ReplayRequest& request, const Context& context) {
  if (request.trace.empty() && context.environment.contains("RUNNING_UNDER_RR")) {
    fail("inside a recording the latest recording is that one: name the one to replay",
         ExitCode::kNested);
  }
  return find_trace(request.trace, context.environment);
}

void replay(ReplayRequest& request, Context& context) {
  refuse_contradictions(request);
  request.is_unattended = context.global.is_unattended;
  request.trace = chosen_trace(request, context);
  check_begin_at(request);
  kernel::bind_to_cpu(kernel::first_allowed_cpu());
  const MakeReplayer make = [&request, &context] {
    // The debug adapter protocol has stdout for itself.
    const bool echo = !request.quiet && request.interpreter != "dap";
    const bool is_searching = request.on_fork || !request.on_process.empty();
    const auto line = request.autopilot || is_searching
                          ? std::make_shared<ProgressLine>("replaying " + request.trace)
                          : nullptr;
    auto replayer = make_replayer(request.trace, echo, context, line);
    if (is_searching) go_to_process(*replayer, request);
    // A debugger has the terminal from here on.
    if (line && !request.autopilot) line->stop();
    return replayer;
  };
  if (request.autopilot) {
    context.outcome.exit_code = replay_alone(make, request);
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
  command->set_help_flag("--help", "Print this");
  command->add_flag("-a,--autopilot", request->autopilot, "Without a debugger, to the end");
  CLI::Option* start = command->add_option_function<std::string>(
      "-g,--goto", [request](const std::string& text) { request->begin_at = event_number(text); },
      "Let the debugger begin behind this event of `rr dump`");
  command
      ->add_flag_callback(
          "-e,--goto-exit", [request] { request->begin_at = "end"; },
          "Let the debugger begin just before the end")
      ->excludes(start);
  command
      ->add_option("--checkpoint-memory", request->checkpoint_megabytes,
                   "MiB that checkpoints may take which nobody asked for")
      ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 30))
      ->capture_default_str();
  command->add_flag("-q,--no-redirect-output", request->quiet,
                    "Do not print the program's output again");
  command->add_option(
      "-s,--dbgport", request->port,
      "Serve a debugger at this port of the loopback address, or a Unix socket's path");
  command->add_option("-h,--dbghost", request->host,
                      "With -s: the address, in numbers, to serve at instead of the loopback's");
  command->add_option(
      "-p,--onprocess", request->on_process,
      "Let the debugger begin where this process (its number or its program's name) "
      "executes its program");
  command
      ->add_option_function<int32_t>(
          "-f,--onfork", [request](int32_t pid) { request->on_fork = Pid{pid}; },
          "Let the debugger begin where this process is made")
      ->check(CLI::PositiveNumber);
  command->add_flag("-k,--keep-listening", request->keep_listening,
                    "With -s: serve one debugger after another");
  command->add_option("-d,--debugger", request->debugger, "The debugger to start")
      ->capture_default_str();
  command->add_option(
      "-i,--interpreter", request->interpreter,
      "gdb's interpreter, for a front end: mi, or dap (which has no terminal: the program's "
      "output is not printed again)");
  command->add_flag("--serve-files", request->serve_files,
                    "gdb reads programs from the recording also where this machine has them as "
                    "they were");
  command->add_flag("--fullname", request->full_names, "For gdb under Emacs");
  command->add_option("-x,--gdb-x", request->scripts, "A file of debugger commands")
      ->allow_extra_args(false);
  command
      ->add_option("-o,--debugger-option", request->debugger_options, "An option for the debugger")
      ->allow_extra_args(false);
  command
      ->add_option("trace", request->trace,
                   "A recording (default: the latest). After --: options for the debugger")
      ->type_name("TRACE");
  command->callback([request, &context] {
    auto& options = request->debugger_options;
    options.insert(options.end(), context.rest.begin(), context.rest.end());
    replay(*request, context);
  });
}

}  // namespace rr::cli
