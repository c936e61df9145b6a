// rr mv: gives a recording another name or place.

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "trace/file_copy.h"
#include "trace/recording_lock.h"
#include "util/error.h"
#include "util/fd.h"

namespace rr::cli {
namespace {

namespace fs = std::filesystem;

struct CopiedTree {
  fs::path from, to;
  Progress& progress;
  uint64_t done = 0;
  uint64_t total = 0;

  void file(const fs::path& source, const fs::path& target) {
    const OwnedFd in(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!in.is_open() || ::fstat(in.get(), &status) != 0)
      fail_errno("read", source, "", ExitCode::kIoError);
    const OwnedFd out(
        ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0777));
    if (!out.is_open()) fail_errno("create", target, "", ExitCode::kIoError);
    const auto count = [this](uint64_t bytes) { progress.step(done += bytes, total); };
    trace::copy_contents(in.get(), source, out, target, count);
    // Hard links are recognized by it.
    const timespec times[] = {status.st_atim, status.st_mtim};
    if (::futimens(out.get(), times) != 0 || ::fsync(out.get()) != 0)
      fail_errno("write", target, "", ExitCode::kIoError);
  }

  void copy() {
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      if (entry.is_regular_file() && !entry.is_symlink()) total += entry.file_size();
    }
    fs::create_directory(to, from);
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      const fs::path target = to / entry.path().lexically_relative(from);
      progress.step(done, total);
      if (entry.is_symlink()) {
        fs::copy_symlink(entry.path(), target);
      } else if (entry.is_directory()) {
        fs::create_directory(target, entry.path());
      } else {
        file(entry.path(), target);
      }
    }
    fs::last_write_time(to, fs::last_write_time(from));
  }
};

// A copy that goes again unless it was finished.
class PartialCopy final {
 public:
  explicit PartialCopy(fs::path path) : path_(std::move(path)) {}
  ~PartialCopy() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  PartialCopy(const PartialCopy&) = delete;
  PartialCopy& operator=(const PartialCopy&) = delete;
  const fs::path& path() const { return path_; }
  void finish() { path_.clear(); }

 private:
  fs::path path_;
};

// To another file system. The old one goes only when the new one is there as a whole.
void copy_and_remove(const fs::path& from, const fs::path& to) {
  Progress progress("copying " + from.string());
  PartialCopy part(to.string() + ".part-" + std::to_string(::getpid()));
  try {
    CopiedTree{.from = from, .to = part.path(), .progress = progress}.copy();
    fs::rename(part.path(), to);
  } catch (const fs::filesystem_error& error) {
    fail("cannot copy " + from.string() + " to " + to.string() + ": " + error.code().message(),
         ExitCode::kIoError);
  }
  part.finish();
  std::error_code error;
  fs::remove_all(from, error);
  if (error)
    fail("copied to " + to.string() + ", but cannot remove " + from.string() + ": " +
             error.message(),
         ExitCode::kIoError);
}

fs::path destination(const fs::path& from, const std::string& to) {
  if (to.empty()) fail("a recording needs a name: an empty one was given");
  // A bare name is one in the folder where the recording lies, as `rr ls` shows it.
  const bool is_bare = to.find('/') == std::string::npos && to != "." && to != "..";
  if (is_bare && (to.front() == '.' || to == "latest-trace"))
    fail("'" + to + "' is no name for a recording: `rr ls` would not show it (./" + to +
         " is a path in this folder)");
  fs::path wanted = (is_bare ? from.parent_path() / to : fs::absolute(to)).lexically_normal();
  if (!wanted.has_filename()) wanted = wanted.parent_path();  // a slash at the end
  std::error_code error;
  const bool is_folder = fs::is_directory(wanted, error) && !is_recording(wanted);
  return is_folder ? wanted / from.filename() : wanted;
}

// Nothing is put where it would be lost: over something, or into another recording.
void check_destination(const fs::path& from, const fs::path& to) {
  const std::string act = "cannot move " + from.string() + " to " + to.string() + ": ";
  std::error_code error;
  if (fs::exists(fs::symlink_status(to, error))) fail(act + "that exists already");
  const fs::path folder = fs::weakly_canonical(to, error).parent_path();
  for (fs::path outer = folder; outer.has_relative_path(); outer = outer.parent_path()) {
    if (is_recording(outer)) fail(act + outer.string() + " is a recording itself");
  }
}

void move(const std::string& from_name, const std::string& to_name, const Context& context) {
  const std::string found = find_trace_itself(from_name, context.environment);
  const fs::path from = found;
  if (!is_recording(from)) fail(found + " holds no recording", ExitCode::kBadData);
  if (trace::is_being_recorded(from))
    fail(found + " is being recorded (wait for the program's end)");
  const fs::path to = destination(from, to_name);
  check_destination(from, to);
  std::error_code error;
  const std::string save = save_directory(context.environment);
  const fs::path latest = fs::canonical(save + "/latest-trace", error);
  const bool was_latest = !error && latest == from;
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
