// Where the recorder's parts put what they find: the trace's writer and its file store, with the
// few patterns they share.
#pragma once

#include <string>
#include <vector>

#include "trace/file_store.h"
#include "trace/frame.h"
#include "trace/writer.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::record {

class TraceSink {
 public:
  TraceSink(trace::Writer& writer, trace::FileStore& files) : writer_(writer), files_(files) {}

  // Copies up to `size` bytes of memory into the next frame; less where memory ends.
  void add_memory(const MemoryReader& memory, Address address, uint64_t size);

  // Keeps the contents of the file that `path` opens here and the program calls `name`; nothing for
  // what is not a regular file or cannot be opened.
  std::optional<trace::FileId> add_file(const std::string& path, const std::string& name);

  FrameNumber append(const trace::Frame& frame);

 private:
  trace::Writer& writer_;
  trace::FileStore& files_;
};

}  // namespace rr::record
