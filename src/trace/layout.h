// The names in a recording's directory and the version of what they hold. docs/TRACE_FORMAT.md is
// the full account.
#pragma once

#include <cstdint>
#include <string>

namespace rr::trace {

// Raised when an older reader would misread the recording; what it can recognise and refuse (an
// unknown event, a new field) does not need it.
inline constexpr int kFormatVersion = 1;

// The first is there while recording, and becomes the second when the recording is closed cleanly.
inline constexpr char kIncompleteName[] = "incomplete";
inline constexpr char kVersionName[] = "version";

inline constexpr char kHeaderName[] = "header";
inline constexpr char kSummaryName[] = "summary";
inline constexpr char kFramesName[] = "frames";
inline constexpr char kFramesIndexName[] = "frames.index";
inline constexpr char kDataName[] = "data";
inline constexpr char kDataIndexName[] = "data.index";
inline constexpr char kFilesName[] = "files";      // the table of stored files
inline constexpr char kFilesFolder[] = "files.d";  // the stored files, named by their id

inline std::string path_in(const std::string& directory, const char* name) {
  return directory + "/" + name;
}

inline std::string version_text(int version) {
  return "rr trace " + std::to_string(version) + "\n";
}

}  // namespace rr::trace
