// Where the recorder's parts put what they find: the trace's writer and its file store, with the
// few patterns they share.
#pragma once

#include <span>

#include "record/followed_files.h"
#include "trace/file_store.h"
#include "trace/frame.h"
#include "trace/writer.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::record {

class TraceSink {
 public:
  TraceSink(trace::Writer& writer, trace::FileStore& store) : writer_(writer), files_(store) {}

  // Copies up to `size` bytes of memory into the next frame; less where memory ends.
  void add_memory(const MemoryReader& memory, Address address, uint64_t size);

  // The same of bytes that are known to be there.
  void add_memory(std::span<const std::byte> bytes, Address address);

  FollowedFiles& files() { return files_; }

  FrameNumber append(const trace::Frame& frame);
  // The number that the next frame gets.
  FrameNumber next_frame() const { return {last_.value + 1}; }

 private:
  trace::Writer& writer_;
  FollowedFiles files_;
  FrameNumber last_;
};

}  // namespace rr::record
