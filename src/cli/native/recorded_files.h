// The files of the recorded program, for debuggers: what the recording has a copy of comes from
// there, the rest from this machine's disk, where it may have changed.
#pragma once

#include <map>
#include <string>

#include "trace/file_store.h"
#include "util/fd.h"

namespace rr::cli {

class RecordedFiles final {
 public:
  explicit RecordedFiles(const std::string& trace);

  // Open for reading, or not open with errno set.
  OwnedFd open(const std::string& path) const;

  // Whether every program and library that was recorded is still what it was here, as size and
  // times tell: a debugger may then read this machine's files, which is faster.
  bool programs_are_still_here() const;

 private:
  std::string find(const std::string& path) const;

  trace::StoredFiles stored_;
  std::map<std::string, trace::FileId> by_path_;
};

}  // namespace rr::cli
