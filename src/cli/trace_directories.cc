#include "cli/trace_directories.h"

#include <filesystem>
#include <unistd.h>

#include "util/error.h"

namespace rr::cli {

namespace fs = std::filesystem;

namespace {

std::string value_of(const Environment& environment, const std::string& name) {
  const auto it = environment.find(name);
  return it == environment.end() ? std::string() : it->second;
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
    if (!fs::exists(fs::symlink_status(candidate))) return candidate;
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
    if (fs::is_directory(latest)) return fs::canonical(latest).string();
    fail("there is no recording in " + save + " (make one with `rr record PROGRAM`)",
         ExitCode::kBadData);
  }
  if (fs::is_directory(argument)) return argument;
  if (argument.find('/') == std::string::npos && fs::is_directory(save + "/" + argument)) {
    return save + "/" + argument;
  }
  fail("there is no recording '" + argument + "', neither here nor in " + save +
           " (`rr ls` shows what there is)",
       ExitCode::kBadData);
}

}  // namespace rr::cli
