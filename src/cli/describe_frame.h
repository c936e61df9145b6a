// A frame in one line for a person: used by `rr dump` and by the report of a divergence.
#pragma once

#include <string>

#include "trace/frame.h"
#include "util/types.h"

namespace rr::cli {

std::string describe_frame(FrameNumber number, const trace::Frame& frame);

}  // namespace rr::cli
