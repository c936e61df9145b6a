// As resume.h, backward.
#pragma once

#include "gdb/session.h"

namespace rr::gdb {

enum class Backward { kContinue, kStep };

// The report becomes the session's last one.
Report resume_backward(Session& session, Backward how);

}  // namespace rr::gdb
