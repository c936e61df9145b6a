#include <filesystem>
#include <gtest/gtest.h>

#include "support/trace_samples.h"
#include "trace/reader.h"
#include "trace/writer.h"
#include "util/error.h"

namespace rr::trace {
namespace {

constexpr uint64_t kFrames = 2000;

// Small blocks, so that there are many.
WriterOptions small_blocks() {
  WriterOptions options;
  options.flush_interval = std::chrono::hours(1);
  options.durability = Durability::kNever;
  options.frames_block_size = 2000;
  options.data_block_size = 5000;
  return options;
}

void write_samples(const std::string& directory, uint64_t count, WriterOptions options) {
  const auto writer = Writer::create(directory, sample_header(), options);
  for (uint64_t i = 0; i < count; ++i) EXPECT_EQ(writer->append(sample_frame(i)).value, i + 1);
  writer->finish(0x100);
}

TEST(TraceRoundTrip, EveryKindOfFrameComesBack) {
  const TemporaryDirectory directory;
  write_samples(directory.path(), kFrames, small_blocks());
  Reader reader = Reader::open(directory.path());
  EXPECT_EQ(reader.header(), sample_header());
  EXPECT_TRUE(reader.is_complete());
  EXPECT_EQ(reader.frame_count(), kFrames);
  EXPECT_EQ(reader.summary()->wait_status, 0x100);
  for (uint64_t i = 0; i < kFrames; ++i) {
    EXPECT_EQ(reader.position().value, i + 1);
    const auto frame = reader.next();
    ASSERT_TRUE(frame);
    ASSERT_EQ(*frame, sample_frame(i)) << "frame " << i + 1;
  }
  EXPECT_FALSE(reader.next());
}

TEST(TraceRoundTrip, BigBlocksAndNoCompressionGiveTheSame) {
  for (const int level : {0, 6}) {
    const TemporaryDirectory directory;
    WriterOptions options;
    options.compression_level = level;
    write_samples(directory.path(), 300, options);
    Reader reader = Reader::open(directory.path());
    Frame frame;
    for (uint64_t i = 0; i < 300; ++i) {
      ASSERT_TRUE(reader.next(frame));
      ASSERT_EQ(frame, sample_frame(i)) << "frame " << i + 1;
    }
    EXPECT_FALSE(reader.next(frame));
  }
}

TEST(TraceRoundTrip, AnyFrameIsFoundInAnyOrder) {
  const TemporaryDirectory directory;
  write_samples(directory.path(), kFrames, small_blocks());
  Reader reader = Reader::open(directory.path());
  uint64_t i = 1;
  for (int step = 0; step < 300; ++step) {
    i = (i * 1103515245 + 12345) % kFrames;
    reader.seek({i + 1});
    for (uint64_t j = i; j < std::min(i + 3, kFrames); ++j) {
      ASSERT_EQ(reader.position().value, j + 1);
      ASSERT_EQ(*reader.next(), sample_frame(j)) << "frame " << j + 1;
    }
  }
  reader.seek({kFrames + 1});
  EXPECT_FALSE(reader.next());
  EXPECT_THROW(reader.seek({kFrames + 2}), Error);
  EXPECT_THROW(reader.seek({0}), Error);
  reader.seek({1});
  EXPECT_EQ(*reader.next(), sample_frame(0));
}

TEST(TraceRoundTrip, ReservedDataComesBeforeTheFramesOwnWrites) {
  const TemporaryDirectory directory;
  const auto writer = Writer::create(directory.path(), sample_header(), small_blocks());
  Frame frame = sample_frame(1);
  frame.writes = {{{0x9000}, bytes_from("own")}};
  std::vector<MemoryWrite> expected;
  for (const size_t size : {5u, 4096u, 30'000u, 0u, 1u}) {
    const auto room = writer->reserve_data(size + 10);
    ASSERT_EQ(room.size(), size + 10);
    std::fill(room.begin(), room.end(), std::byte{7});
    writer->commit_data({0x1000 * size}, size);
    if (size > 0) expected.push_back({{0x1000 * size}, Bytes(size, std::byte{7})});
  }
  expected.push_back(frame.writes[0]);
  writer->append(frame);
  writer->append(sample_frame(2));
  writer->finish({});

  Reader reader = Reader::open(directory.path());
  EXPECT_EQ(reader.next()->writes, expected);
  EXPECT_EQ(*reader.next(), sample_frame(2));
  EXPECT_FALSE(reader.summary()->wait_status);
}

TEST(TraceRoundTrip, ReservationIsCutAtItsLimit) {
  const TemporaryDirectory directory;
  const auto writer = Writer::create(directory.path(), sample_header(), small_blocks());
  const auto room = writer->reserve_data(Writer::kMaxReservation + 1);
  EXPECT_EQ(room.size(), Writer::kMaxReservation);
  writer->commit_data({}, 0);
}

TEST(TraceRoundTrip, PagesOfZerosTakeNoRoom) {
  const TemporaryDirectory directory;
  const auto writer = Writer::create(directory.path(), sample_header(), small_blocks());
  const auto room = writer->reserve_data(1 << 20);
  std::fill(room.begin(), room.end(), std::byte{0});
  room[500'000] = std::byte{3};
  const Bytes expected(room.begin(), room.end());
  writer->commit_data({0x1000}, room.size());
  writer->append({});
  writer->finish({});
  Reader reader = Reader::open(directory.path());
  EXPECT_EQ(reader.summary()->data_size, 4096u);
  EXPECT_EQ(reader.next()->writes.at(0).bytes, expected);
}

TEST(TraceRoundTrip, EmptyRecordingIsComplete) {
  const TemporaryDirectory directory;
  write_samples(directory.path(), 0, small_blocks());
  Reader reader = Reader::open(directory.path());
  EXPECT_TRUE(reader.is_complete());
  EXPECT_FALSE(reader.next());
}

TEST(TraceRoundTrip, UnfinishedRecordingEndsWithItsLastBlock) {
  const TemporaryDirectory directory;
  const auto writer = Writer::create(directory.path(), sample_header(), small_blocks());
  EXPECT_EQ(Reader::open(directory.path()).frame_count(), 0u);
  for (uint64_t i = 0; i < 100; ++i) writer->append(sample_frame(i));
  writer->flush();
  writer->append(sample_frame(100));
  Reader reader = Reader::open(directory.path());
  EXPECT_FALSE(reader.is_complete());
  EXPECT_EQ(reader.frame_count(), 100u);
  for (uint64_t i = 0; i < 100; ++i) ASSERT_EQ(*reader.next(), sample_frame(i));
  EXPECT_FALSE(reader.next());
}

TEST(TraceRoundTrip, IdleRecorderIsFlushedByItself) {
  const TemporaryDirectory directory;
  WriterOptions options;
  options.flush_interval = std::chrono::milliseconds(1);
  const auto writer = Writer::create(directory.path(), sample_header(), options);
  writer->append(sample_frame(0));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (Reader::open(directory.path()).frame_count() == 0)
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_EQ(*Reader::open(directory.path()).next(), sample_frame(0));
}

TEST(TraceRoundTrip, BytesBeingReadAreNotFlushedAway) {
  const TemporaryDirectory directory;
  WriterOptions options = small_blocks();
  options.flush_interval = std::chrono::milliseconds(1);
  const auto writer = Writer::create(directory.path(), sample_header(), options);
  for (uint64_t i = 0; i < 200; ++i) {
    const auto room = writer->reserve_data(3000);
    std::fill(room.begin(), room.end(), std::byte(i));
    writer->commit_data({i}, room.size());
    writer->append({});
  }
  writer->finish({});
  Reader reader = Reader::open(directory.path());
  for (uint64_t i = 0; i < 200; ++i)
    ASSERT_EQ(reader.next()->writes.at(0), (MemoryWrite{{i}, Bytes(3000, std::byte(i))}));
}

TEST(TraceRoundTrip, SecondRecordingInTheSameDirectoryIsRefused) {
  const TemporaryDirectory directory;
  write_samples(directory.path(), 1, small_blocks());
  EXPECT_THROW(Writer::create(directory.path(), sample_header()), Error);
  const TemporaryDirectory unfinished;
  const auto writer = Writer::create(unfinished.path(), sample_header(), small_blocks());
  EXPECT_THROW(Writer::create(unfinished.path(), sample_header()), Error);
}

}  // namespace
}  // namespace rr::trace
