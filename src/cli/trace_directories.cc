#include "cli/trace_directories.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/layout.h"
#include "util/error.h"

namespace rr::cli {

namespace fs = std::filesystem;

namespace {

std::string value_of(const Environment& environment, const std::string& name) {
  const auto it = environment.find(name);
  return it == environment.end() ? std::string() : it->second;
}

// Neither an absent path nor one that may not be looked into is one.
bool is_folder(const std::string& path) {
  std::error_code unreadable;
  return fs::is_directory(path, unreadable);
}

}  // namespace

Environment environment_of(char** environ_strings) {
  Environment environment;
  for (; *environ_strings != nullptr; ++environ_strings) {
    const std::string entry = *environ_strings;
    const size_t equals = entry.find('=');
    if (equals != std::string::npos) {
      environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  return environment;
}

std::string save_directory(const Environment& environment) {
  if (const auto set = value_of(environment, "_RR_TRACE_DIR"); !set.empty()) return set;
  if (const auto data = value_of(environment, "XDG_DATA_HOME"); !data.empty()) return data + "/rr";
  if (const auto home = value_of(environment, "HOME"); !home.empty())
    return home + "/.local/share/rr";
  return "/tmp/rr";
}

std::string new_trace_directory(const std::string& save_directory, const std::string& program) {
  std::error_code error;
  fs::create_directories(save_directory, error);
  if (error) {
    fail("cannot create " + save_directory + ": " + error.message() +
             " (set _RR_TRACE_DIR to a folder that can be written)",
         ExitCode::kIoError);
  }
  const std::string name = fs::path(program).filename().string();
  for (int number = 0;; ++number) {
    const std::string candidate = save_directory + "/" + name + "-" + std::to_string(number);
    // Whoever makes the folder has the name, also when two look for one at the same time.
    if (::mkdir(candidate.c_str(), 0700) == 0) return candidate;
    if (errno != EEXIST)
      fail_errno("create", candidate, "set _RR_TRACE_DIR to a folder that can be written",
                 ExitCode::kIoError);
  }
}

void point_latest_trace_at(const std::string& save_directory, const std::string& trace_directory) {
  // Made beside and renamed over, so that there is always one.
  const std::string link = save_directory + "/latest-trace";
  const std::string fresh = link + "." + std::to_string(::getpid());
  std::error_code error;
  fs::remove(fresh, error);
  fs::create_symlink(fs::path(trace_directory).filename(), fresh, error);
  if (!error) fs::rename(fresh, link, error);
}

std::string find_trace(const std::string& argument, const Environment& environment) {
  const std::string save = save_directory(environment);
  if (argument.empty()) {
    const std::string latest = save + "/latest-trace";
    if (is_folder(latest)) return fs::canonical(latest).string();
    fail("there is no recording in " + save + " (make one with `rr record PROGRAM`)",
         ExitCode::kBadData);
  }
  if (is_folder(argument)) return argument;
  if (argument.find('/') == std::string::npos && is_folder(save + "/" + argument)) {
    return save + "/" + argument;
  }
  std::error_code error;
  if (fs::exists(fs::symlink_status(argument, error))) {
    fail(argument + " is no recording: a recording is a folder (`rr ls` shows what there is)",
         ExitCode::kBadData);
  }
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory) {
    fail("cannot look into " + argument + ": " + error.message(), ExitCode::kBadData);
  }
  fail("there is no recording '" + argument + "', neither here nor in " + save +
           " (`rr ls` shows what there is)",
       ExitCode::kBadData);
}

std::string find_trace_itself(const std::string& argument, const Environment& environment) {
  if (argument.empty()) fail("an empty name names no recording (`rr ls` shows what there is)");
  return fs::canonical(find_trace(argument, environment)).string();
}

bool is_recording(const std::string& directory) {
  std::error_code unreadable;
  return fs::exists(directory + "/" + trace::kVersionName, unreadable) ||
         fs::exists(directory + "/" + trace::kIncompleteName, unreadable);
}

std::vector<std::string> recordings_in(const std::string& save_directory) {
  std::vector<std::string> names;
  if (!is_folder(save_directory)) return names;
  std::error_code error;
  for (fs::directory_iterator it(save_directory, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    const bool is_hidden = name.starts_with(".");
    if (!is_hidden && !it->is_symlink(ignored) && is_recording(it->path().string()))
      names.push_back(name);
  }
  if (error) fail("cannot list " + save_directory + ": " + error.message(), ExitCode::kBadData);
  std::sort(names.begin(), names.end());
  return names;
}

void remove_dangling_latest(const std::string& save_directory) {
  const std::string link = save_directory + "/latest-trace";
  std::error_code ignored;
  if (fs::is_symlink(fs::symlink_status(link, ignored)) && !fs::exists(link, ignored))
    fs::remove(link, ignored);
}

}  // namespace rr::cli
