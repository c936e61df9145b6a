#include "trace/block_pipe.h"

#include <pthread.h>
#include <signal.h>
#include <utility>

namespace rr::trace {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kAskAgain = std::chrono::milliseconds(5);
constexpr size_t kSpareBuffers = 4;
// A buffer that had to grow beyond this is not kept.
constexpr size_t kKeptCapacity = size_t{1} << 20;

// Signals are the recording thread's. Also, with SIGXFSZ blocked, a write over the file size limit
// fails instead of killing us.
class SignalsBlocked final {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }

 private:
  sigset_t old_;
};

std::thread start(std::function<void()> body) {
  const SignalsBlocked for_the_new_thread;
  return std::thread(std::move(body));
}

}  // namespace

BlockPipe::BlockPipe(Options options, Write write, Tick tick)
    : options_(options),
      write_(std::move(write)),
      tick_(std::move(tick)),
      thread_(start([this] { run(); })) {}

BlockPipe::~BlockPipe() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  work_came_.notify_one();
  thread_.join();
}

Buffer BlockPipe::take_buffer() {
  const Lock lock(mutex_);
  if (spare_buffers_.empty()) return {};
  Buffer buffer = std::move(spare_buffers_.back());
  spare_buffers_.pop_back();
  return buffer;
}

void BlockPipe::push(Block block) {
  {
    Lock lock(mutex_);
    const bool may_wait = std::this_thread::get_id() != thread_.get_id();
    if (may_wait)
      work_done_.wait(lock, [this] { return queue_.size() < options_.queue_limit || failure_; });
    if (failure_) return;
    queue_.push_back(std::move(block));
  }
  work_came_.notify_one();
}

void BlockPipe::drain() {
  Lock lock(mutex_);
  work_done_.wait(lock, [this] { return queue_.empty(); });
}

Failure BlockPipe::failure() const {
  const Lock lock(mutex_);
  return failure_;
}

void BlockPipe::run() {
  auto next_tick = Clock::now() + options_.tick_interval;
  Lock lock(mutex_);
  while (true) {
    work_came_.wait_until(lock, next_tick, [this] { return stopping_ || !queue_.empty(); });
    if (!queue_.empty())
      write_front(lock);
    else if (stopping_)
      return;
    if (Clock::now() < next_tick) continue;

    // The tick pushes blocks, so it must not find the lock taken.
    lock.unlock();
    const bool done = tick_();
    lock.lock();
    next_tick = Clock::now() + (done ? options_.tick_interval : kAskAgain);
  }
}

void BlockPipe::write_front(Lock& lock) {
  Block& block = queue_.front();  // stays in place while others are pushed
  if (!failure_) {
    lock.unlock();
    Failure failed = write_(block);
    lock.lock();
    if (failed) failure_ = std::move(failed);
    has_failed_ = failure_.has_value();
  }
  block.plain.clear();
  if (spare_buffers_.size() < kSpareBuffers && block.plain.capacity() <= kKeptCapacity)
    spare_buffers_.push_back(std::move(block.plain));
  queue_.pop_front();
  work_done_.notify_all();
}

}  // namespace rr::trace
