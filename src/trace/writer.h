// Writes a recording. One thread appends frames; compression and writing happen on another, which
// also closes a block at least every second, so that a recorder killed at any moment leaves a trace
// that replays up to its last complete block. A write that fails (disk full) is thrown as an Error
// by the next call made here; what was written before it stays readable.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trace/block_pipe.h"
#include "trace/codec.h"
#include "trace/frame.h"
#include "trace/milestones.h"
#include "util/fd.h"

namespace rr::trace {

// When a recording is made to outlast a loss of power. A killed recorder loses nothing by kNever.
enum class Durability { kNever, kAtFinish };

struct WriterOptions {
  int compression_level = 1;  // 1 (cheapest) to 9; 0 stores
  std::chrono::milliseconds flush_interval{1000};
  Durability durability = Durability::kAtFinish;
  size_t frames_block_size = size_t{64} << 10;  // bytes before compression
  size_t data_block_size = size_t{256} << 10;
};

class Writer final {
 public:
  // A single reservation is at most this long.
  static constexpr size_t kMaxReservation = size_t{4} << 20;

  // `directory` may exist, but must not hold a recording.
  static std::unique_ptr<Writer> create(const std::string& directory, const Header& header,
                                        WriterOptions options = {});
  Writer(std::string directory, WriterOptions options);
  // Without finish(): as if the recorder had been killed now, but for the blocks still open, which
  // are written.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // A place for up to `max` bytes of tracee memory: read them there, then say by commit_data() how
  // many came, and from where. Is shorter than `max` only if that is above kMaxReservation: then
  // reserve again. At most one is open at a time.
  std::span<std::byte> reserve_data(size_t max);
  // Attaches the first `actual` bytes of the reservation to the next appended frame, before what
  // frame.writes holds. 0 drops the reservation.
  void commit_data(Address address, size_t actual);

  FrameNumber append(const Frame& frame);

  // Closes the open blocks and waits until they are written.
  void flush();
  // Closes the recording. Nothing but destruction may follow.
  void finish(std::optional<int32_t> wait_status);

  const std::string& directory() const { return directory_; }

 private:
  struct OpenBlock {
    Buffer plain;
    uint64_t first = 0;
    uint64_t count = 0;
    uint64_t data_begin = 0;
  };
  using Lock = std::unique_lock<std::mutex>;

  void throw_if_failed();
  // These expect mutex_ to be held.
  std::vector<uint32_t> runs_of(std::span<const std::byte> bytes);
  void copy_data(std::span<const std::byte> bytes);
  void store_write(const MemoryWrite& write);
  uint64_t data_end() const { return data_.first + data_.plain.size(); }
  void close_data();
  void close_frames();

  bool close_if_idle();
  Failure write_block(const Block& block);

  const std::string directory_;
  const WriterOptions options_;
  const OwnedFd lock_;
  BlockWriter frames_file_;  // used by the pipe's thread, and by finish() when that is done
  BlockWriter data_file_;

  std::mutex mutex_;  // the recording thread and the pipe's tick share what follows
  OpenBlock frames_;
  OpenBlock data_;
  std::optional<size_t> reserved_;          // size of the open reservation
  std::vector<WriteShape> pending_writes_;  // of the next frame
  uint64_t pending_holes_ = 0;
  uint64_t attached_end_ = 0;  // where the data of the next frame begins
  FrameEncoder encoder_;
  MilestoneSetter milestones_;

  BlockPipe pipe_;  // last: its thread uses the rest
};

}  // namespace rr::trace
