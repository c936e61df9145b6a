// rr dump -s: what a recording consists of.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "trace/frame.h"
#include "trace/reader.h"

namespace rr::cli {

class DumpStatistics final {
 public:
  void take(const trace::Frame& frame);
  // Tables: kinds of events, calls by how often they were made, sizes of the files.
  std::string text(const trace::Reader& reader) const;
  std::string json(const trace::Reader& reader) const;

 private:
  struct Call {
    uint64_t count = 0;
    uint64_t errors = 0;
    uint64_t bytes = 0;  // that they wrote to memory
  };

  uint64_t frames_ = 0;
  uint64_t bytes_ = 0;
  uint64_t first_ns_ = 0;
  uint64_t last_ns_ = 0;
  std::map<std::string, uint64_t> events_;
  std::map<std::string, Call> calls_;
  std::map<int32_t, uint64_t> ticks_;  // by thread, the last
};

}  // namespace rr::cli
