// rr: parses the command line, prints what went wrong, ends as it should. One of the tree's few
// catch sites.

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "cli/application.h"
#include "cli/commands.h"
#include "util/error.h"

namespace {

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

// What was printed may not have been written: to a full disk, say.
int close_output(int code) {
  const bool is_written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (is_written || code != 0) return code;
  std::perror("rr: cannot write to stdout");
  return static_cast<int>(rr::ExitCode::kIoError);
}

}  // namespace

int main(int argc, char** argv) {
  rr::cli::Context context;
  context.environment = rr::cli::environment_of(environ);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string command = rr::cli::insert_default_command(arguments, context);
  const auto app = rr::cli::make_application(command, context);
  int code = 0;
  try {
    code = rr::cli::run(*app, arguments, context);
  } catch (const rr::Error& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "rr: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    // What the standard library throws: no memory, a folder that vanished while it was read.
    std::fflush(stdout);
    std::fprintf(stderr, "rr: %s\n", error.what());
    return static_cast<int>(rr::ExitCode::kUsage);
  }
  if (context.outcome.fatal_signal != 0) die_of(context.outcome.fatal_signal);
  return close_output(code);
}
