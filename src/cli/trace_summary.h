// What a list of recordings shows of one, without reading its frames.
#pragma once

#include <cstdint>
#include <string>

namespace rr::cli {

struct TraceSummary {
  std::string command;    // the recorded command line
  std::string end = "-";  // exit code, or minus the signal; "-" if unknown
  bool is_complete = false;
  uint64_t size = 0;    // bytes on disk
  std::string problem;  // why it cannot be read; empty if it can
};

// Never fails: what is wrong with the recording is part of the answer.
TraceSummary summarize(const std::string& directory);

// Bytes that the files of a folder take on disk, each inode once.
uint64_t size_on_disk(const std::string& directory);

// A wait status as `rr ps` shows it.
std::string end_text(int wait_status);

}  // namespace rr::cli
