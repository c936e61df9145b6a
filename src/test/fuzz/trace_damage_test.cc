// A recording that was cut off or altered is read as far as it is whole, or refused with a clear
// error; never a crash, and never a frame that was not recorded.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <random>
#include <signal.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/trace_samples.h"
#include "trace/block_format.h"
#include "trace/compressor.h"
#include "trace/reader.h"
#include "trace/writer.h"
#include "util/error.h"

namespace rr::trace {
namespace {

constexpr uint64_t kFrames = 150;
constexpr int kTruncations = 200;
constexpr int kFlips = 500;

const Frame& sample(uint64_t i) {
  static const std::vector<Frame> frames = [] {
    std::vector<Frame> made;
    for (uint64_t j = 0; j < kFrames; ++j) made.push_back(sample_frame(j));
    return made;
  }();
  return frames.at(i % kFrames);
}

using Files = std::map<std::string, std::string>;

enum class Ending { kFinished, kKilled };

Files record(Ending ending, int compression_level) {
  const TemporaryDirectory directory;
  const WriterOptions options = {.compression_level = compression_level,
                                 .flush_interval = std::chrono::hours(1),
                                 .durability = Durability::kNever,
                                 .frames_block_size = 2000,
                                 .data_block_size = 5000};
  const auto writer = Writer::create(directory.path(), sample_header(), options);
  for (uint64_t i = 0; i < kFrames; ++i) writer->append(sample(i));
  if (ending == Ending::kFinished)
    writer->finish(0);
  else
    writer->flush();
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

void put(const TemporaryDirectory& directory, const std::string& name, const std::string& bytes) {
  // ext4 flushes a file that was truncated and written again.
  std::filesystem::remove(directory / name);
  std::ofstream(directory / name, std::ios::binary) << bytes;
}

void put(const TemporaryDirectory& directory, const Files& files) {
  for (const auto& [name, bytes] : files) put(directory, name, bytes);
}

// What reading everything comes to: how many frames came, and the error if there was one. Frames
// that are not the recorded ones fail the test.
struct Outcome {
  uint64_t frames = 0;
  std::string error;
};

Outcome read_all(const std::string& directory) {
  Outcome outcome;
  try {
    Reader reader = Reader::open(directory);
    EXPECT_EQ(reader.header(), sample_header());
    Frame frame;
    while (reader.next(frame)) EXPECT_EQ(frame, sample(outcome.frames++));
    reader.verify();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadData) << error.what();
    outcome.error = error.what();
  }
  return outcome;
}

// The offset of a byte of all files taken together.
std::pair<std::string, size_t> locate(const Files& files, size_t offset) {
  for (const auto& [name, bytes] : files) {
    if (offset < bytes.size()) return {name, offset};
    offset -= bytes.size();
  }
  return {};
}

size_t total_size(const Files& files) {
  size_t total = 0;
  for (const auto& [name, bytes] : files) total += bytes.size();
  return total;
}

TEST(TraceDamage, KilledRecordingEndsWithItsLastCompleteBlockWhereverItIsCut) {
  const Files files = record(Ending::kKilled, 1);
  const TemporaryDirectory directory;
  put(directory, files);
  ASSERT_EQ(read_all(directory.path()).frames, kFrames);
  for (const std::string name : {"frames", "data"}) {
    const std::string& whole = files.at(name);
    uint64_t last = 0;
    for (int i = 0; i <= kTruncations; ++i) {
      put(directory, name, whole.substr(0, whole.size() * i / kTruncations));
      const Outcome outcome = read_all(directory.path());
      ASSERT_EQ(outcome.error, "") << name << " cut at " << i;
      ASSERT_GE(outcome.frames, last);
      last = outcome.frames;
    }
    ASSERT_EQ(last, kFrames);
    put(directory, name, whole);
  }
}

TEST(TraceDamage, FinishedRecordingThatWasCutIsRefused) {
  const Files files = record(Ending::kFinished, 1);
  const TemporaryDirectory directory;
  put(directory, files);
  ASSERT_EQ(read_all(directory.path()).frames, kFrames);
  const size_t total = total_size(files);
  for (int i = 0; i < kTruncations; ++i) {
    const auto [name, offset] = locate(files, total * i / kTruncations);
    put(directory, name, files.at(name).substr(0, offset));
    const Outcome outcome = read_all(directory.path());
    if (name.ends_with(".index"))
      ASSERT_EQ(outcome.frames, kFrames) << name << " cut at " << offset;
    else
      ASSERT_NE(outcome.error.find(directory.path()), std::string::npos)
          << name << " cut at " << offset << ": " << outcome.error;
    put(directory, name, files.at(name));
  }
}

void flip_bits(Ending ending, int compression_level) {
  const Files files = record(ending, compression_level);
  const TemporaryDirectory directory;
  put(directory, files);
  std::minstd_rand random(12345);
  for (int i = 0; i < kFlips; ++i) {
    const auto [name, offset] = locate(files, random() % total_size(files));
    std::string bytes = files.at(name);
    bytes[offset] = static_cast<char>(bytes[offset] ^ 1 << random() % 8);
    put(directory, name, bytes);
    const Outcome outcome = read_all(directory.path());
    // The index is not needed. A size that grew in the last block's header looks like a torn block,
    // but for the header's checksum.
    if (name.ends_with(".index"))
      ASSERT_EQ(outcome.frames, kFrames) << name << " at " << offset;
    else
      ASSERT_NE(outcome.error, "") << name << " at " << offset;
    put(directory, name, files.at(name));
  }
}

TEST(TraceDamage, EveryFlippedBitOfAFinishedRecordingIsFound) { flip_bits(Ending::kFinished, 1); }
TEST(TraceDamage, EveryFlippedBitOfAKilledRecordingIsFound) { flip_bits(Ending::kKilled, 1); }
TEST(TraceDamage, EveryFlippedBitIsFoundWithoutCompression) { flip_bits(Ending::kFinished, 0); }

TEST(TraceDamage, MissingIndexAndForeignIndexAreMadeUpFor) {
  const Files files = record(Ending::kFinished, 1);
  const TemporaryDirectory directory;
  put(directory, files);
  std::filesystem::remove(directory / "frames.index");
  put(directory, "data.index", files.at("frames.index"));
  const Outcome outcome = read_all(directory.path());
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.frames, kFrames);
}

TEST(TraceDamage, EveryMissingFileIsNamed) {
  const Files files = record(Ending::kFinished, 1);
  for (const std::string name : {"version", "header", "summary", "frames", "data"}) {
    const TemporaryDirectory directory;
    put(directory, files);
    std::filesystem::remove(directory / name);
    EXPECT_NE(read_all(directory.path()).error.find(name), std::string::npos) << name;
  }
}

TEST(TraceDamage, OtherVersionIsRefusedByName) {
  Files files = record(Ending::kFinished, 1);
  files["version"] = "rr trace 2\n";
  const TemporaryDirectory directory;
  put(directory, files);
  EXPECT_NE(read_all(directory.path()).error.find("the rr that recorded it"), std::string::npos);
}

TEST(TraceDamage, SymbolicLinkIsNotFollowed) {
  const Files files = record(Ending::kFinished, 1);
  const TemporaryDirectory directory;
  put(directory, files);
  std::filesystem::rename(directory / "data", directory / "elsewhere");
  std::filesystem::create_symlink("elsewhere", directory / "data");
  EXPECT_NE(read_all(directory.path()).error, "");
}

TEST(TraceDamage, RecorderKilledAtAnyInstantLeavesWhatItWrote) {
  std::minstd_rand random(7);
  uint64_t most = 0;
  for (int i = 0; i < 30; ++i) {
    const TemporaryDirectory directory;
    const pid_t recorder = ::fork();
    ASSERT_GE(recorder, 0);
    if (recorder == 0) {
      const WriterOptions options = {.flush_interval = std::chrono::milliseconds(1),
                                     .frames_block_size = 20'000,
                                     .data_block_size = 50'000};
      const auto writer = Writer::create(directory.path(), sample_header(), options);
      for (uint64_t frame = 0;; ++frame) writer->append(sample(frame));
    }
    while (!std::filesystem::exists(directory / "data")) ::usleep(100);
    ::usleep(static_cast<useconds_t>(random() % 20'000));
    ::kill(recorder, SIGKILL);
    ::waitpid(recorder, nullptr, 0);
    const Outcome outcome = read_all(directory.path());
    ASSERT_EQ(outcome.error, "") << "recording " << i;
    most = std::max(most, outcome.frames);
  }
  EXPECT_GT(most, kFrames);
}

// Blocks as a hostile writer would make them: every checksum is right.
std::string hostile_block(BlockHeader header, const std::string& payload) {
  const auto bytes = std::as_bytes(std::span(payload));
  header.payload_crc = crc_of(bytes);
  const BlockHeaderBytes header_bytes = to_bytes(header);
  return std::string(reinterpret_cast<const char*>(header_bytes.data()), header_bytes.size()) +
         payload;
}

TEST(TraceDamage, SizesDeclaredHugeAreRefusedBeforeAllocation) {
  Files files = record(Ending::kKilled, 1);
  const std::string payload(100, 'x');
  const BlockHeader good = {.kind = BlockKind::kFrames,
                            .method = BlockMethod::kDeflate,
                            .stored_size = 100,
                            .plain_size = 1000,
                            .first = 0,
                            .count = 1};
  std::vector<BlockHeader> bad(6, good);
  bad[0].plain_size = 0xffffffff;
  bad[1].stored_size = bad[1].plain_size = 0xfffffff0;
  bad[2].plain_size = 100 * kMaxRatio + 1;
  bad[3].count = uint64_t{1} << 60;
  bad[4].first = uint64_t{1} << 60;
  bad[5].data_begin = 0;
  bad[5].data_end = uint64_t{1} << 60;
  const TemporaryDirectory directory;
  for (const BlockHeader& header : bad) {
    files["frames"] = hostile_block(header, payload);
    put(directory, files);
    const Outcome outcome = read_all(directory.path());
    EXPECT_EQ(outcome.frames, 0u);
  }
}

TEST(TraceDamage, RandomMessagesUnderRightChecksumsAreRefused) {
  Files files = record(Ending::kKilled, 0);
  const TemporaryDirectory directory;
  put(directory, files);
  const std::string& frames = files.at("frames");
  const uint32_t first_payload = load_u32(reinterpret_cast<const std::byte*>(&frames[16]));
  const std::string payload = frames.substr(kBlockHeaderSize, first_payload);
  const BlockHeader header = parse_block_header(
      std::as_bytes(std::span(frames)).first<kBlockHeaderSize>(), BlockKind::kFrames, {"frames"});
  std::minstd_rand random(99);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = payload;
    for (int changes = 1 + random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    put(directory, "frames", hostile_block(header, bytes));
    try {
      Reader reader = Reader::open(directory.path());
      Frame frame;
      while (reader.next(frame)) {
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadData) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 200);
}

// The limit on a file's size stands in for a full disk: write(2) fails in the same place.
class FileSizeLimit final {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit = {bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &old_); }

 private:
  rlimit old_{};
};

TEST(TraceDamage, FullDiskIsReportedAndWhatWasWrittenIsReadable) {
  const TemporaryDirectory directory;
  uint64_t appended = 0;
  {
    const WriterOptions options = {.flush_interval = std::chrono::hours(1),
                                   .frames_block_size = 2000,
                                   .data_block_size = 5000};
    const auto writer = Writer::create(directory.path(), sample_header(), options);
    const FileSizeLimit limit(50'000);
    try {
      for (; appended < 100'000; ++appended) writer->append(sample(appended));
      FAIL() << "the limit was not met";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kIoError);
      EXPECT_NE(std::string(error.what()).find("/data"), std::string::npos) << error.what();
    }
    EXPECT_THROW(writer->reserve_data(1), Error);
    EXPECT_THROW(writer->finish({}), Error);
  }
  const Outcome outcome = read_all(directory.path());
  EXPECT_EQ(outcome.error, "");
  EXPECT_GT(outcome.frames, 10u);
  EXPECT_LE(outcome.frames, appended);
}

}  // namespace
}  // namespace rr::trace
