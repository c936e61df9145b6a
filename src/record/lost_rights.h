// Programs that would have more rights than their user, had the recorder not promised that there
// will be none.
#pragma once

#include <string>

#include "util/types.h"

namespace rr::record {

// The thread has executed the program. What it lacks, for people: "set-user-ID", "set-group-ID",
// "file capabilities"; empty where it has all that it would have had without us.
std::string rights_lost_by(Tid tid);

}  // namespace rr::record
