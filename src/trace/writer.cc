#include "trace/writer.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "trace/layout.h"
#include "trace/recording_lock.h"
#include "trace/zero_runs.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::trace {

namespace {

constexpr size_t kQueueLimit = 8;  // blocks

void throw_if(const Failure& failure) {
  if (failure) fail(*failure + " (the recording ends here)", ExitCode::kIoError);
}

int64_t realtime_ns() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void make_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    fail_errno("create", directory, "", ExitCode::kIoError);
  if (::access(path_in(directory, kVersionName).c_str(), F_OK) == 0)
    fail(directory + " holds a recording already (name another directory)", ExitCode::kIoError);
}

}  // namespace

std::unique_ptr<Writer> Writer::create(const std::string& directory, const Header& header,
                                       WriterOptions options) {
  make_directory(directory);
  const std::string version = version_text(kFormatVersion);
  throw_if(write_file(path_in(directory, kIncompleteName), std::as_bytes(std::span(version))));
  throw_if(write_single_block(path_in(directory, kHeaderName), BlockKind::kHeader,
                              encode_header(header).bytes()));
  return std::make_unique<Writer>(directory, options);
}

Writer::Writer(std::string directory, WriterOptions options)
    : directory_(std::move(directory)),
      options_(options),
      lock_(lock_recording(directory_)),
      frames_file_(path_in(directory_, kFramesName), options.compression_level),
      data_file_(path_in(directory_, kDataName), options.compression_level),
      pipe_(
          {.tick_interval = options.flush_interval, .queue_limit = kQueueLimit},
          [this](const Block& block) { return write_block(block); },
          [this] { return close_if_idle(); }) {}

Writer::~Writer() {
  const Lock lock(mutex_);
  reserved_.reset();
  close_frames();
}

void Writer::throw_if_failed() {
  if (pipe_.has_failed()) throw_if(pipe_.failure());
}

// On the pipe's thread.
Failure Writer::write_block(const Block& block) {
  BlockWriter& file = block.header.kind == BlockKind::kFrames ? frames_file_ : data_file_;
  return file.append(block.header, block.plain.bytes());
}

// On the pipe's thread. Busy with the lock, or with bytes that are being read: later.
bool Writer::close_if_idle() {
  const Lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || reserved_) return false;
  close_frames();
  return true;
}

void Writer::close_data() {
  if (data_.plain.empty()) return;
  const uint64_t end = data_end();
  const BlockHeader header = {
      .kind = BlockKind::kData, .first = data_.first, .count = data_.plain.size()};
  pipe_.push({header, std::exchange(data_.plain, pipe_.take_buffer())});
  data_.first = end;
}

// The data that frames name goes first.
void Writer::close_frames() {
  close_data();
  if (frames_.count == 0) return;
  const BlockHeader header = {.kind = BlockKind::kFrames,
                              .first = frames_.first,
                              .count = frames_.count,
                              .data_begin = frames_.data_begin,
                              .data_end = attached_end_};
  pipe_.push({header, std::exchange(frames_.plain, pipe_.take_buffer())});
  frames_.first += frames_.count;
  frames_.count = 0;
}

std::span<std::byte> Writer::reserve_data(size_t max) {
  throw_if_failed();
  const Lock lock(mutex_);
  CHECK(!reserved_) << "a reservation is open";
  reserved_ = std::min(max, kMaxReservation);
  // What is nearly full makes way rather than grow.
  if (data_.plain.size() + *reserved_ > 2 * options_.data_block_size) close_data();
  return data_.plain.room(*reserved_);
}

std::vector<uint32_t> Writer::runs_of(std::span<const std::byte> bytes) {
  std::vector<uint32_t> runs = zero_runs(bytes);
  uint64_t holes = 0;
  for (size_t i = 1; i < runs.size(); i += 2) holes += runs[i];
  if (pending_holes_ + holes > kMaxHoleBytes) return {};
  pending_holes_ += holes;
  return runs;
}

void Writer::commit_data(Address address, size_t actual) {
  const Lock lock(mutex_);
  CHECK(reserved_ && actual <= *reserved_) << actual;
  reserved_.reset();
  if (actual == 0) return;
  const auto bytes = data_.plain.room(actual);  // where the reservation was
  WriteShape shape = {.address = address, .size = actual, .runs = runs_of(bytes)};
  data_.plain.add(squeeze(bytes, shape.runs));
  pending_writes_.push_back(std::move(shape));
  if (data_.plain.size() >= options_.data_block_size) close_data();
}

void Writer::copy_data(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const size_t room =
        options_.data_block_size - std::min(options_.data_block_size - 1, data_.plain.size());
    const auto piece = bytes.first(std::min(bytes.size(), room));
    data_.plain.append(piece);
    if (data_.plain.size() >= options_.data_block_size) close_data();
    bytes = bytes.subspan(piece.size());
  }
}

void Writer::store_write(const MemoryWrite& write) {
  WriteShape shape = {
      .address = write.address, .size = write.bytes.size(), .runs = runs_of(write.bytes)};
  std::span<const std::byte> rest = write.bytes;
  if (shape.runs.empty()) copy_data(rest);
  bool is_stored = true;
  for (const uint32_t run : shape.runs) {
    if (is_stored) copy_data(rest.first(run));
    rest = rest.subspan(run);
    is_stored = !is_stored;
  }
  pending_writes_.push_back(std::move(shape));
}

FrameNumber Writer::append(const Frame& frame) {
  throw_if_failed();
  const Lock lock(mutex_);
  CHECK(!reserved_) << "a reservation is open";
  for (const MemoryWrite& write : frame.writes) store_write(write);

  if (frames_.count == 0) {
    encoder_.begin_block();
    frames_.data_begin = attached_end_;
  }
  encoder_.encode(frame, pending_writes_, frames_.plain);
  milestones_.pass(frame.tid, frame.ticks);
  ++frames_.count;
  attached_end_ = data_end();
  pending_writes_.clear();
  pending_holes_ = 0;

  const FrameNumber number = {frames_.first + frames_.count};
  // Once data of these frames is on its way they follow it: should the disk be full soon, the data
  // would be worth nothing without them.
  const bool has_data_gone = data_.first > frames_.data_begin;
  if (has_data_gone || frames_.plain.size() >= options_.frames_block_size) close_frames();
  return number;
}

void Writer::flush() {
  {
    const Lock lock(mutex_);
    CHECK(!reserved_) << "a reservation is open";
    close_frames();
  }
  pipe_.drain();
  throw_if_failed();
}

void Writer::finish(std::optional<int32_t> wait_status) {
  flush();
  const Summary summary = {.frame_count = frames_.first,
                           .data_size = data_.first,
                           .wait_status = wait_status,
                           .end_time_ns = realtime_ns(),
                           .milestones = milestones_.set()};
  throw_if(frames_file_.write_index(path_in(directory_, kFramesIndexName)));
  throw_if(data_file_.write_index(path_in(directory_, kDataIndexName)));
  const std::string summary_path = path_in(directory_, kSummaryName);
  throw_if(write_single_block(summary_path, BlockKind::kSummary, encode_summary(summary).bytes()));

  const bool is_durable = options_.durability == Durability::kAtFinish;
  if (is_durable) {
    throw_if(data_file_.sync());
    throw_if(frames_file_.sync());
    for (const char* name : {kHeaderName, kSummaryName, kFramesIndexName, kDataIndexName})
      throw_if(sync_path(path_in(directory_, name)));
  }
  const std::string version_path = path_in(directory_, kVersionName);
  if (::rename(path_in(directory_, kIncompleteName).c_str(), version_path.c_str()) != 0)
    fail_errno("create", version_path, "", ExitCode::kIoError);
  if (is_durable) throw_if(sync_path(directory_));
}

}  // namespace rr::trace
