// What is said when replay does not do what was recorded: the frame, the event, the registers side
// by side, the frames before it and what to run next. Gathered and thrown as one Error with
// ExitCode::kDiverged.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "arch/arch.h"
#include "trace/frame.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::replay {

// One line for a person about a frame.
using DescribeFrame = std::function<std::string(FrameNumber, const trace::Frame&)>;

// Memory as lines of hexadecimal and text, the first 256 bytes of it.
std::string memory_lines(const MemoryReader& memory, AddressRange range);

class DivergenceReport {
 public:
  explicit DivergenceReport(DescribeFrame describe) : describe_(std::move(describe)) {}

  // Remembers a frame that has come true; the last of them are shown.
  void remember(FrameNumber number, const trace::Frame& frame);

  struct Finding {
    std::string what;                 // "the program made a system call where ..."
    std::optional<Registers> actual;  // of the thread, when it can be read
    std::optional<Ticks> ticks;
    std::string more = {};  // lines: memory as it is now, or what may be the cause
  };
  [[noreturn]] void diverge(FrameNumber number, const trace::Frame& expected,
                            const Finding& finding) const;

 private:
  static constexpr size_t kShownFrames = 10;

  DescribeFrame describe_;
  struct Remembered {
    FrameNumber number;
    trace::Frame frame;  // without memory
  };
  std::array<Remembered, kShownFrames> recent_;  // a ring
  uint64_t remembered_ = 0;
};

}  // namespace rr::replay
