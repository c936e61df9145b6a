// rr: parses the command line, wires the command to its parts, prints what went wrong. One of the
// tree's few catch sites.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "cli/commands.h"
#include "util/error.h"
#include "util/log.h"

namespace {

using rr::cli::Context;

// Without a command word: a folder is replayed, anything else is recorded.
void insert_default_command(std::vector<std::string>& arguments, const CLI::App& app) {
  size_t i = 0;
  while (i < arguments.size() && arguments[i].rfind("--log=", 0) == 0) ++i;
  if (i == arguments.size() || arguments[i].rfind('-', 0) == 0) return;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_name() == arguments[i]) return;
  }
  const bool is_folder = std::filesystem::is_directory(arguments[i]);
  arguments.insert(arguments.begin() + static_cast<long>(i), is_folder ? "replay" : "record");
}

// What stands behind -- is the debugger's, in whatever form.
void take_debugger_arguments(std::vector<std::string>& arguments, Context& context) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes == arguments.end()) return;
  context.debugger_arguments.assign(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
}

// Ends as the recorded program did when that died of a signal.
[[noreturn]] void die_of(int signal) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace

int main(int argc, char** argv) {
  Context context;
  context.environment = rr::cli::environment_of(environ);
  CLI::App app(
      "rr records a program once and replays it as often as you like, bit for bit, under gdb.",
      "rr");
  app.set_version_flag("-N,--version", "rr " RR_VERSION);
  app.require_subcommand(0, 1);
  std::string log;
  app.add_option("--log", log, "Log levels, as all:warn,record:debug (also RR_LOG)");
  app.parse_complete_callback([&] {
    if (const auto it = context.environment.find("RR_LOG"); it != context.environment.end()) {
      rr::set_log_specification(it->second);
    }
    rr::set_log_specification(log);
  });
  rr::cli::add_record_command(app, context);
  rr::cli::add_replay_command(app, context);
  rr::cli::add_dump_command(app, context);
  rr::cli::add_list_commands(app, context);
  rr::cli::add_doctor_command(app, context);
  // Global options stand before or behind the command's name.
  for (CLI::App* command : app.get_subcommands(nullptr)) {
    command->add_option("--log", log, "Log levels")->group("");
  }
  std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    insert_default_command(arguments, app);
    if (arguments.size() > 1 && arguments.front() == "replay") {
      take_debugger_arguments(arguments, context);
    }
    if (arguments.empty()) {
      std::fputs(app.help().c_str(), stdout);
      return static_cast<int>(rr::ExitCode::kUsage);
    }
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(rr::ExitCode::kUsage);
  } catch (const rr::Error& error) {
    std::fprintf(stderr, "rr: %s\n", error.what());
    return static_cast<int>(error.code());
  }
  if (context.outcome.fatal_signal != 0) die_of(context.outcome.fatal_signal);
  return context.outcome.exit_code;
}
