// rr rm: removes recordings.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <unistd.h>

#include "cli/command.h"
#include "trace/recording_lock.h"
#include "util/error.h"

namespace rr::cli {
namespace {

namespace fs = std::filesystem;

struct RmOptions {
  std::vector<std::string> traces;
  bool force = false;
};

void remove(const std::string& name, const RmOptions& options, const Context& context) {
  std::string path;
  try {
    path = find_trace_itself(name, context.environment);
  } catch (const Error&) {
    if (options.force && !name.empty()) return;
    throw;
  }
  while (path.size() > 1 && path.ends_with("/")) path.pop_back();
  if (!is_recording(path) && !options.force)
    fail(path + " holds no recording and is left alone (-f removes it all the same)",
         ExitCode::kBadData);
  if (trace::is_being_recorded(path) && !options.force)
    fail(path + " is being recorded (wait for the program's end, or -f)");
  // Under another name first: no command ever meets half a recording.
  const fs::path whole = fs::path(path).is_absolute() ? fs::path(path) : fs::absolute(path);
  const fs::path doomed = whole.parent_path() / (".removing-" + whole.filename().string() + "." +
                                                 std::to_string(::getpid()));
  std::error_code error;
  fs::rename(whole, doomed, error);
  if (!error) fs::remove_all(doomed, error);
  if (error) fail("cannot remove " + path + ": " + error.message(), ExitCode::kIoError);
}

}  // namespace

void add_rm_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<RmOptions>();
  Command(app, "rm", "Remove recordings")
      .required_operands("traces", options->traces, "TRACE", "The recordings")
      .flag("-f,--force", options->force,
            "Also what is being recorded or is no recording; say nothing of what is absent")
      .run([options, &context] {
        for (const std::string& trace : options->traces) remove(trace, *options, context);
        remove_dangling_latest(save_directory(context.environment));
      });
}

}  // namespace rr::cli
