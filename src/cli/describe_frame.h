// A frame for people: in one line, as `rr dump` and the report of a divergence show it, and as
// JSON.
#pragma once

#include <string>

#include "trace/frame.h"
#include "util/types.h"

namespace rr::cli {

// A name or an argument from the recording, quoted as strace does where it is not one bare word.
std::string shown_word(const std::string& text);

std::string describe_frame(FrameNumber number, const trace::Frame& frame);

// "syscall", "exec", "signal", …: the kind of the event, as JSON has it.
const char* event_name(const trace::Event& event);

enum class FrameDetail { kNone = 0, kRegisters = 1, kMemory = 2, kAll = 3 };

// One object, without a line's end.
std::string frame_json(FrameNumber number, const trace::Frame& frame, FrameDetail detail);

}  // namespace rr::cli
