// The places of a recording as a user names them, for `run PLACE` and `rr replay -g`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gdb/session.h"

namespace rr::gdb {

// ""     the start of the program          30     event 30 has come true; of the last one: end
// c2     the user's checkpoint 2           t5000  the selected thread's tick 5000
// end    just before the program ends      back, forward  through the history of stops
// With an @ before it the client stands there; without, it goes on there, which is answered by a
// stop. Only the machine moves; the session's books are the caller's. Throws Error for anything
// else.
enum class SeekEnd {
  kArrived,
  kInterrupted,  // by Ctrl-C, at the place reached
  kOnTheWay,     // the limit's worth of Machine::cost() has been gone
};
SeekEnd seek(Session& session, const std::string& place, uint64_t limit = UINT64_MAX);

// Goes the rest of the way that Session::way tells. gdb is first told of libraries, and of the
// place once it has gone on.
Report finish_seek(Session& session);

// Whether it has the form of a place, there or not.
bool is_place(std::string_view text);
std::string no_place_text(const std::string& place);

}  // namespace rr::gdb
