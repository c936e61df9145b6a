// The command line that starts a debugger on a replay: gdb's or lldb's.
#pragma once

#include <string>
#include <vector>

#include "cli/native/debug_session.h"

namespace rr::cli {

struct DebuggerPlace {
  std::string folder;          // ours; the start-up script goes there
  std::string socket;          // where the replay is served
  std::string executable;      // of the process that is debugged
  bool files_are_here = true;  // else the debugger is to read them through the socket
};

std::vector<std::string> debugger_command(const ReplayRequest& request, const DebuggerPlace& place);

}  // namespace rr::cli
