// rr mv: gives a recording another name or place.

#include <cerrno>
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

// To another file system. The old one goes only when the new one is there as a whole.
void copy_and_remove(const fs::path& from, const fs::path& to) {
  const fs::path part = to.string() + ".part-" + std::to_string(::getpid());
  std::error_code error;
  fs::copy(from, part, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (!error) fs::rename(part, to, error);
  if (error) {
    std::error_code ignored;
    fs::remove_all(part, ignored);
    fail("cannot copy " + from.string() + " to " + to.string() + ": " + error.message(),
         ExitCode::kIoError);
  }
  fs::remove_all(from, error);
  if (error)
    fail("copied to " + to.string() + ", but cannot remove " + from.string() + ": " +
             error.message(),
         ExitCode::kIoError);
}

fs::path destination(const fs::path& from, const std::string& to) {
  // A bare name is one in the folder where the recording lies, as `rr ls` shows it.
  const fs::path wanted =
      to.find('/') == std::string::npos ? from.parent_path() / to : fs::path(to);
  std::error_code error;
  return fs::is_directory(wanted, error) ? wanted / from.filename() : wanted;
}

void move(const std::string& from_name, const std::string& to_name, const Context& context) {
  std::string found = find_trace(from_name, context.environment);
  while (found.size() > 1 && found.ends_with("/")) found.pop_back();
  const fs::path from = fs::absolute(found);
  if (!is_recording(from)) fail(found + " holds no recording", ExitCode::kBadData);
  if (trace::is_being_recorded(from))
    fail(found + " is being recorded (wait for the program's end)");
  const fs::path to = destination(from, to_name);
  std::error_code error;
  if (fs::exists(fs::symlink_status(to, error)))
    fail("cannot move " + found + " to " + to.string() + ": that exists already");
  const std::string save = save_directory(context.environment);
  const fs::path latest = fs::canonical(save + "/latest-trace", error);
  const bool was_latest = !error && latest == fs::canonical(from, error);
  fs::rename(from, to, error);
  if (error == std::errc::cross_device_link) {
    copy_and_remove(from, to);
  } else if (error) {
    fail("cannot move " + found + " to " + to.string() + ": " + error.message(),
         ExitCode::kIoError);
  }
  const fs::path folder = fs::canonical(to.parent_path(), error);
  if (was_latest && !error && folder == fs::canonical(save, error))
    point_latest_trace_at(save, to.string());
  remove_dangling_latest(save);
}

struct MvOptions {
  std::string from, to;
};

}  // namespace

void add_mv_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<MvOptions>();
  Command(app, "mv", "Rename or move a recording")
      .required_operand("from", options->from, "TRACE", "The recording")
      .required_operand("to", options->to, "NAME",
                        "Its new name (beside it), its new path, or a folder to put it into")
      .run([options, &context] { move(options->from, options->to, context); });
}

}  // namespace rr::cli
