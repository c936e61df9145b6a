// The places of a recording as a user names them, for `run PLACE` and `rr replay -g`.
#pragma once

#include <string>
#include <string_view>

#include "gdb/session.h"

namespace rr::gdb {

// ""     the start of the program          30     event 30 has come true; of the last one: end
// c2     the user's checkpoint 2           t5000  the selected thread's tick 5000
// end    just before the program ends      back, forward  through the history of stops
// With an @ before it the client stands there; without, it goes on there, which is answered by a
// stop. Only the machine moves; the session's books are the caller's. Ctrl-C ends it at the place
// reached. Throws Error for anything else.
void seek(Session& session, const std::string& place);

// Whether it has the form of a place, there or not.
bool is_place(std::string_view text);
std::string no_place_text(const std::string& place);

}  // namespace rr::gdb
