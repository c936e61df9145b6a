// Where recordings lie and what they are called: a save directory with one folder per recording,
// PROGRAM-N, and a link `latest-trace` to the newest.
#pragma once

#include <map>
#include <string>

namespace rr::cli {

using Environment = std::map<std::string, std::string>;
Environment environment_of(char** environ_strings);

// _RR_TRACE_DIR, else XDG_DATA_HOME/rr, else HOME/.local/share/rr, else /tmp/rr.
std::string save_directory(const Environment& environment);

// A name for a new recording of `program` that nothing has yet; the folder is not made, the save
// directory is.
std::string new_trace_directory(const std::string& save_directory, const std::string& program);

void point_latest_trace_at(const std::string& save_directory, const std::string& trace_directory);

// The recording that a user's argument names: a path, or a name in the save directory; empty means
// the latest. Throws Error (exit code 65) when there is none.
std::string find_trace(const std::string& argument, const Environment& environment);

}  // namespace rr::cli
