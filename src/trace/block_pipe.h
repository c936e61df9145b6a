// Blocks on their way from the recording thread to the disk: a bounded queue, and the thread that
// compresses and writes them in the order in which they came. That order is what makes a killed
// recorder's trace whole: the kernel keeps what was written, and data is queued before the frames
// that name it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "trace/block_writer.h"
#include "trace/buffer.h"

namespace rr::trace {

struct Block {
  BlockHeader header;
  Buffer plain;
};

class BlockPipe final {
 public:
  struct Options {
    std::chrono::milliseconds tick_interval;
    size_t queue_limit;  // blocks
  };
  // `write` runs on the pipe's thread. `tick` does so too, at every interval, whether or not blocks
  // come; false means "not now, ask again soon".
  using Write = std::function<Failure(const Block&)>;
  using Tick = std::function<bool()>;

  BlockPipe(Options options, Write write, Tick tick);
  // Writes what is queued.
  ~BlockPipe();
  BlockPipe(const BlockPipe&) = delete;
  BlockPipe& operator=(const BlockPipe&) = delete;

  // An empty buffer, perhaps one that was used before.
  Buffer take_buffer();
  // Waits while the queue is full, unless called by the pipe's own thread.
  void push(Block block);
  // Waits until all that was pushed is written, or has failed.
  void drain();
  // What the first failed write said. Nothing is written after it.
  Failure failure() const;
  bool has_failed() const { return has_failed_.load(std::memory_order_relaxed); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run();
  void write_front(Lock& lock);

  const Options options_;
  const Write write_;
  const Tick tick_;

  mutable std::mutex mutex_;
  std::condition_variable work_came_;
  std::condition_variable work_done_;
  std::deque<Block> queue_;  // the front one is being written
  std::vector<Buffer> spare_buffers_;
  Failure failure_;
  std::atomic<bool> has_failed_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace rr::trace
