#include "gdb/init_script.h"

#include <string_view>

namespace rr::gdb {
namespace {

// The program's files are the recorded ones, at the same paths on this machine; a debugger
// elsewhere sets sysroot to "target:" afterwards. Confirmation of `run` and `quit` protects a live
// process; a replay can always be started again.
constexpr std::string_view kScript = R"(set prompt (rr) 
set confirm off
set breakpoint pending on
set pagination off
set sysroot /
set non-stop off
set unwindonsignal on
set remotetimeout 10000
handle SIGURG stop

define when
  monitor when
end
document when
Print the last event of the recording that has been replayed.
end

define when-ticks
  monitor when-ticks
end
document when-ticks
Print how far the current thread has run since it was started.
end

define when-tid
  monitor when-tid
end
document when-tid
Print the number that the current thread had when it was recorded.
end

define elapsed-time
  monitor elapsed-time
end
document elapsed-time
Print the recorded time since the start of the recording, in seconds.
end

define restart
  run
end
document restart
Start the replay again at the beginning of the program.
end
)";

}  // namespace

std::string gdb_init_script() { return std::string(kScript); }

}  // namespace rr::gdb
