// Frames, the header and the summary as Cap'n Proto messages and back. What is relative to frames
// before in the block (registers, ticks, time) is resolved here; where the memory contents lie is
// the business of writer.h and reader.h, so of those this sees only the shape.
#pragma once

#include <capnp/common.h>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "trace/buffer.h"
#include "trace/damage.h"
#include "trace/frame.h"
#include "trace/milestones.h"
#include "trace/register_history.h"

namespace rr::trace {

// One memory write without its bytes: how long, and which parts are zeros that are not stored.
struct WriteShape {
  Address address;
  uint64_t size = 0;
  std::vector<uint32_t> runs;  // stored, zero, stored, …; empty: all stored

  uint64_t stored_size() const;
};

// A frame leaves out no more zeros than this; more are stored. So a small file cannot ask for
// unlimited memory.
inline constexpr uint64_t kMaxHoleBytes = uint64_t{64} << 20;

// Bounds on what a message may ask a reader to allocate, far above what a recorder writes.
inline constexpr unsigned kMaxWrites = 1 << 18;
inline constexpr unsigned kMaxMappings = 1 << 17;
inline constexpr unsigned kMaxRegisterSets = 256;

// What later frames of a block are relative to.
class BlockHistory final {
 public:
  void forget();
  uint64_t tick_delta(Tid tid, Ticks now);
  Ticks ticks_after(Tid tid, uint64_t delta);

  RegisterHistory registers;
  uint64_t monotonic_ns = 0;
  Address write_address;  // of the last memory write

 private:
  std::unordered_map<int32_t, uint64_t> ticks_;
};

class FrameEncoder final {
 public:
  // The next frame begins a block.
  void begin_block() { history_.forget(); }
  // Appends the frame's message, with its length, to `out`. frame.writes is not looked at.
  void encode(const Frame& frame, std::span<const WriteShape> writes, Buffer& out);

 private:
  std::span<const std::byte> pack_state(const Frame& frame, std::span<const WriteShape> writes);

  std::span<const std::byte> pack_inputs(const std::vector<MemoryWrite>& inputs);

  BlockHistory history_;
  Buffer state_;
  Buffer inputs_;
  std::vector<capnp::word> scratch_ = std::vector<capnp::word>(kScratchWords);
  static constexpr size_t kScratchWords = 512;
};

class FrameDecoder final {
 public:
  void begin_block() { history_.forget(); }
  // Takes one message off the front of `block`. frame.writes is left alone; `writes` is filled.
  void decode(std::span<const std::byte>& block, Frame& frame, std::vector<WriteShape>& writes,
              const Place& place);

 private:
  void unpack_state(std::span<const std::byte> packed, Frame& frame,
                    std::vector<WriteShape>& writes, const Place& place);

  BlockHistory history_;
  std::vector<capnp::word> scratch_ = std::vector<capnp::word>(kScratchWords);
  static constexpr size_t kScratchWords = 512;
};

// Known when a recording ends.
struct Summary {
  uint64_t frame_count = 0;
  uint64_t data_size = 0;              // bytes of memory contents, before compression
  std::optional<int32_t> wait_status;  // of the first process
  int64_t end_time_ns = 0;             // CLOCK_REALTIME
  std::vector<Milestone> milestones = {};

  bool operator==(const Summary&) const = default;
};

Buffer encode_header(const Header& header);
Header decode_header(std::span<const std::byte> message, const Place& place);
Buffer encode_summary(const Summary& summary);
Summary decode_summary(std::span<const std::byte> message, const Place& place);

}  // namespace rr::trace
