// Whether a breakpoint's conditions hold where a machine stands.
#pragma once

#include "gdb/session.h"

namespace rr::gdb {

// True without conditions, and where one cannot be evaluated: better a stop too many. `machine` may
// be another than the session's.
bool any_holds(Session& session, const machine::Machine& machine, machine::TaskId task,
               const Conditions* conditions);

}  // namespace rr::gdb
