// Stop replies: what a client is told when the machine stands still again.
#pragma once

#include <string>

#include "gdb/session.h"

namespace rr::gdb {

std::string stop_reply(Session& session, const Report& report);

}  // namespace rr::gdb
