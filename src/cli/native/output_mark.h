// -M: what a program prints is marked with who printed it and where in the recording that is.
#pragma once

#include "trace/frame.h"
#include "util/types.h"

namespace rr::cli {

// Prints "[rr TID EVENT]" to the stream.
void mark_output(trace::Echo stream, Tid tid, FrameNumber event);

}  // namespace rr::cli
