#include "fuzz/targets/trace_codec_target.h"

#include "cli/describe_frame.h"
#include "trace/codec.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::trace {

namespace {

template <typename Decode>
void expect_error_or_nothing(Decode decode) {
  try {
    decode();
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::kBadData) << error.what();
  }
}

// The reader bounds the stored bytes of a frame by its block; here, the same by a constant.
void fill(const std::vector<WriteShape>& shapes, Frame& frame) {
  constexpr uint64_t kMost = 1 << 16;
  frame.writes.clear();
  for (const WriteShape& shape : shapes)
    frame.writes.push_back({shape.address, Bytes(std::min(shape.size, kMost), std::byte{0x41})});
}

}  // namespace

size_t decode_hostile_bytes(std::span<const std::byte> bytes) {
  size_t frames = 0;
  expect_error_or_nothing([&] {
    FrameDecoder decoder;
    Frame frame;
    std::vector<WriteShape> shapes;
    std::span<const std::byte> left = bytes;
    while (!left.empty()) {
      decoder.decode(left, frame, shapes, {"frames"});
      fill(shapes, frame);
      CHECK(!cli::describe_frame({frames + 1}, frame).empty());
      CHECK(!cli::frame_json({frames + 1}, frame, cli::FrameDetail::kAll).empty());
      ++frames;
    }
  });
  expect_error_or_nothing([&] { decode_header(bytes, {"header"}); });
  expect_error_or_nothing([&] { decode_summary(bytes, {"summary"}); });
  return frames;
}

}  // namespace rr::trace
