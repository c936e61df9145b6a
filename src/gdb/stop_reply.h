// Stop replies: what a client is told when the machine stands still again.
#pragma once

#include <string>

#include "gdb/session.h"

namespace rr::gdb {

std::string stop_reply(Session& session, const Report& report);
// The same as members of lldb's JSON object of a thread; empty for one that the last stop was not
// about.
std::string stop_members(Session& session, machine::TaskId task);

}  // namespace rr::gdb
