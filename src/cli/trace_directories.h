// Where recordings lie and what they are called: a save directory with one folder per recording,
// PROGRAM-N, and a link `latest-trace` to the newest.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace rr::cli {

using Environment = std::map<std::string, std::string>;
Environment environment_of(char** environ_strings);

// _RR_TRACE_DIR, else XDG_DATA_HOME/rr, else HOME/.local/share/rr, else /tmp/rr.
std::string save_directory(const Environment& environment);

// Makes an empty folder for a new recording of `program`, and the save directory if need be.
std::string new_trace_directory(const std::string& save_directory, const std::string& program);

void point_latest_trace_at(const std::string& save_directory, const std::string& trace_directory);

// The recording that a user's argument names: a path, or a name in the save directory; empty means
// the latest. Throws Error (exit code 65) when there is none.
std::string find_trace(const std::string& argument, const Environment& environment);

// The same for what removes or moves it: the folder itself where a link was named (latest-trace),
// and an empty name is refused.
std::string find_trace_itself(const std::string& argument, const Environment& environment);

// Whether the folder holds a recording, finished or not.
bool is_recording(const std::string& directory);

// The names of the recordings in the save directory, sorted. None if it does not exist.
std::vector<std::string> recordings_in(const std::string& save_directory);

// The link to the newest recording goes when that is gone.
void remove_dangling_latest(const std::string& save_directory);

}  // namespace rr::cli
