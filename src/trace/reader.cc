#include "trace/reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "trace/layout.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::trace {

namespace {

constexpr size_t kLongestVersion = 64;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

[[noreturn]] void fail_version(const std::string& path, const std::string& text) {
  const std::string ours = std::to_string(kFormatVersion);
  int version = 0;
  if (std::sscanf(text.c_str(), "rr trace %d\n", &version) != 1 || version < 1)
    fail(path + " does not say which version the recording is of (is it one of this rr's?)",
         ExitCode::kBadData);
  const char* const age = version > kFormatVersion ? " a newer" : " an older";
  fail(path + ": the recording is of" + age + " format, " + std::to_string(version) +
           "; this rr reads " + ours + " (replay it with the rr that recorded it)",
       ExitCode::kBadData);
}

// Fails unless the recording is of the version we read; says whether it was closed cleanly.
Tail check_version(const std::string& directory) {
  const std::string complete = path_in(directory, kVersionName);
  const std::string incomplete = path_in(directory, kIncompleteName);
  if (!exists(complete) && errno == EACCES)
    fail_errno("look into", directory, "", ExitCode::kBadData);
  if (!exists(complete) && !exists(incomplete))
    fail(directory + " is not a recording: it holds neither " + kVersionName + " nor " +
             kIncompleteName + " (rr ls lists the recordings there are)",
         ExitCode::kBadData);
  const bool is_complete = exists(complete);
  const std::string& path = is_complete ? complete : incomplete;
  const std::vector<std::byte> bytes = read_trace_file(path, kLongestVersion);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text != version_text(kFormatVersion)) fail_version(path, text);
  return is_complete ? Tail::kNone : Tail::kTornBlock;
}

Header read_header(const std::string& path) {
  return decode_header(read_single_block(path, BlockKind::kHeader), {path});
}

std::optional<Summary> read_summary(const std::string& path, Tail tail) {
  if (tail == Tail::kTornBlock) return std::nullopt;
  return decode_summary(read_single_block(path, BlockKind::kSummary), {path});
}

}  // namespace

Reader Reader::open(const std::string& directory) {
  return Reader(directory, check_version(directory));
}

Reader::Reader(std::string directory, Tail tail)
    : directory_(std::move(directory)),
      header_(read_header(path_in(directory_, kHeaderName))),
      summary_(read_summary(path_in(directory_, kSummaryName), tail)),
      frames_(path_in(directory_, kFramesName), path_in(directory_, kFramesIndexName),
              BlockKind::kFrames, tail),
      data_(path_in(directory_, kDataName), path_in(directory_, kDataIndexName), BlockKind::kData,
            tail) {
  if (summary_ && (summary_->frame_count != frames_.end() || summary_->data_size != data_.end()))
    fail_damaged({path_in(directory_, kSummaryName)},
                 "the summary counts " + std::to_string(summary_->frame_count) + " frames and " +
                     std::to_string(summary_->data_size) + " bytes of data, but there are " +
                     std::to_string(frames_.end()) + " and " + std::to_string(data_.end()));
  // Frames whose data was lost are lost as well. Data is written first, so this takes more than a
  // killed recorder: a file that was cut.
  while (!summary_ && frames_.block_count() > 0 &&
         frames_.header_of(frames_.block_count() - 1).data_end > data_.end())
    frames_.drop_from(frames_.block_count() - 1);
}

void Reader::seek(FrameNumber number) {
  if (number.value == 0 || number.value > frame_count() + 1)
    fail("there is no frame " + std::to_string(number.value) + " in " + directory_ + ": it has " +
         std::to_string(frame_count()));
  const uint64_t wanted = number.value - 1;
  if (wanted == frame_count()) {
    position_ = wanted;
    frames_block_.reset();
    return;
  }
  const size_t block = frames_.block_holding(wanted);
  if (frames_block_ != block || wanted < position_) load_frames(block);
  while (position_ < wanted) skip_frame();
}

void Reader::load_frames(size_t block) {
  frames_block_.reset();
  frames_header_ = frames_.load(block, frames_plain_);
  if (frames_header_.data_end > data_.end())
    fail_damaged(frames_.place_of(block), "frames name memory contents that are not there");
  frames_left_ = frames_plain_;
  position_ = frames_header_.first;
  data_position_ = frames_header_.data_begin;
  decoder_.begin_block();
  frames_block_ = block;
}

// Reads the message of the next frame, and leaves the shapes of its writes.
void Reader::decode(Frame& frame) {
  if (!frames_block_) load_frames(frames_.block_holding(position_));
  const Place place = frames_.place_of(*frames_block_);
  decoder_.decode(frames_left_, frame, shapes_, place);
  uint64_t stored = 0;
  for (const WriteShape& shape : shapes_) {
    const uint64_t size = shape.stored_size();
    // Before anything is allocated for it.
    if (size > frames_header_.data_end - data_position_ - stored)
      fail_damaged(place, "a frame has more memory contents than its block");
    stored += size;
  }
  ++position_;
  if (position_ < frames_header_.end()) return;
  frames_block_.reset();
  if (!frames_left_.empty() || data_position_ + stored != frames_header_.data_end)
    fail_damaged(place, "the block holds more than its frames");
}

void Reader::skip_frame() {
  decode(skipped_);
  for (const WriteShape& shape : shapes_) data_position_ += shape.stored_size();
}

bool Reader::next(Frame& frame) {
  if (position_ == frame_count()) return false;
  decode(frame);
  frame.writes.resize(shapes_.size());
  for (size_t i = 0; i < shapes_.size(); ++i) {
    frame.writes[i].address = shapes_[i].address;
    fill(shapes_[i], frame.writes[i].bytes);
  }
  return true;
}

std::optional<Frame> Reader::next() {
  Frame frame;
  if (!next(frame)) return std::nullopt;
  return frame;
}

void Reader::fill(const WriteShape& shape, Bytes& out) {
  out.clear();
  if (shape.runs.empty()) return take_data(shape.size, out);
  out.reserve(shape.size);
  bool is_stored = true;
  for (const uint32_t run : shape.runs) {
    if (is_stored)
      take_data(run, out);
    else
      out.resize(out.size() + run);
    is_stored = !is_stored;
  }
}

void Reader::take_data(uint64_t size, Bytes& out) {
  while (size > 0) {
    const auto there = data_at_position();
    const auto piece = there.first(std::min<uint64_t>(size, there.size()));
    out.insert(out.end(), piece.begin(), piece.end());
    data_position_ += piece.size();
    size -= piece.size();
  }
}

std::span<const std::byte> Reader::data_at_position() {
  const bool is_loaded = data_block_ && data_position_ >= data_block_first_ &&
                         data_position_ - data_block_first_ < data_plain_.size();
  if (!is_loaded) {
    data_block_.reset();
    const size_t block = data_.block_holding(data_position_);
    data_block_first_ = data_.load(block, data_plain_).first;
    data_block_ = block;
  }
  return std::span(data_plain_).subspan(data_position_ - data_block_first_);
}

void Reader::verify() {
  seek({1});
  while (next(skipped_)) {
  }
  // Contents that no frame names, too.
  for (size_t block = 0; block < data_.block_count(); ++block) data_.load(block, data_plain_);
  data_block_.reset();
  seek({1});
}

}  // namespace rr::trace
