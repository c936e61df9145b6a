// Reads a recording, whole or cut off by the recorder's death, from any frame on. Nothing in the
// files is trusted: what does not fit together is an Error that names the place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trace/block_reader.h"
#include "trace/codec.h"
#include "trace/frame.h"

namespace rr::trace {

class Reader final {
 public:
  static Reader open(const std::string& directory);

  const Header& header() const { return header_; }
  // Whether the recording was closed cleanly. If not, it ends with its last complete block.
  bool is_complete() const { return summary_.has_value(); }
  const std::optional<Summary>& summary() const { return summary_; }
  uint64_t frame_count() const { return frames_.end(); }

  // The number of the frame that next() gives.
  FrameNumber position() const { return {position_ + 1}; }
  // From 1 to frame_count() + 1, which is the end.
  void seek(FrameNumber number);

  // False at the end; `frame` is then as it was. Its storage is reused.
  bool next(Frame& frame);
  std::optional<Frame> next();

  // Reads everything, to find any damage there is.
  void verify();

  const std::string& directory() const { return directory_; }

 private:
  Reader(std::string directory, Tail tail);

  void load_frames(size_t block);
  void skip_frame();
  void decode(Frame& frame);
  void fill(const WriteShape& shape, Bytes& out);
  void take_data(uint64_t size, Bytes& out);
  std::span<const std::byte> data_at_position();

  std::string directory_;
  Header header_;
  std::optional<Summary> summary_;
  BlockReader frames_;
  BlockReader data_;
  uint64_t position_ = 0;  // index of the next frame

  // The block that holds the next frame, once something of it was read.
  std::optional<size_t> frames_block_;
  BlockHeader frames_header_;
  std::vector<std::byte> frames_plain_;
  std::span<const std::byte> frames_left_;
  FrameDecoder decoder_;
  Frame skipped_;
  std::vector<WriteShape> shapes_;

  uint64_t data_position_ = 0;  // where the next frame's memory contents begin
  std::optional<size_t> data_block_;
  uint64_t data_block_first_ = 0;
  std::vector<std::byte> data_plain_;
};

}  // namespace rr::trace
