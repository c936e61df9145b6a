// rr rm: removes recordings.

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "trace/recording_lock.h"
#include "util/error.h"

namespace rr::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kDoomedPrefix[] = ".removing-";  // and its name, a dot, who removes it

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
  if (!is_recording(path) && !options.force)
    fail(path + " holds no recording and is left alone (-f removes it all the same)",
         ExitCode::kBadData);
  if (trace::is_being_recorded(path) && !options.force)
    fail(path + " is being recorded (wait for the program's end, or -f)");
  // Under another name first: no command ever meets half a recording.
  const fs::path whole = path;
  const fs::path doomed = whole.parent_path() / (kDoomedPrefix + whole.filename().string() + "." +
                                                 std::to_string(::getpid()));
  std::error_code error;
  fs::rename(whole, doomed, error);
  // Not to be broken off: nobody would find the rest.
  Progress progress("removing recordings", "the one at hand is gone as a whole");
  if (!error) fs::remove_all(doomed, error);
  if (error) fail("cannot remove " + path + ": " + error.message(), ExitCode::kIoError);
  progress.step(1, 1);
}

// What a removal that was killed has left.
void remove_remains(const std::string& save) {
  std::error_code error;
  for (fs::directory_iterator it(save, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(kDoomedPrefix)) continue;
    const int remover = std::atoi(name.substr(name.rfind('.') + 1).c_str());
    const bool is_at_work = remover <= 0 || ::kill(remover, 0) == 0 || errno != ESRCH;
    std::error_code ignored;
    if (!is_at_work) fs::remove_all(it->path(), ignored);
  }
}

}  // namespace

void add_rm_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<RmOptions>();
  Command(app, "rm", "Remove recordings")
      .required_operands("traces", options->traces, "TRACE", "The recordings")
      .flag("-f,--force", options->force,
            "Also what is being recorded or is no recording; say nothing of what is absent")
      .run([options, &context] {
        const std::string save = save_directory(context.environment);
        remove_remains(save);
        for (const std::string& trace : options->traces) {
          remove(trace, *options, context);
          remove_dangling_latest(save);
        }
      });
}

}  // namespace rr::cli
