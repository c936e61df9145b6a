// A replay with a debugger on it: gdb started as a child and spoken to over a socket, or any
// debugger that connects.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "replay/replayer.h"

namespace rr::cli {

using MakeReplayer = std::function<std::unique_ptr<replay::Replayer>()>;

struct ReplayRequest {
  std::string trace;
  bool autopilot = false;
  bool quiet = false;
  uint64_t goto_frame = 0;  // where the debugger begins; 0: the first instruction
  std::string port;         // of the loopback address, or a path
  bool keep_listening = false;
  std::string debugger = "gdb";
  std::vector<std::string> scripts;
  std::vector<std::string> debugger_options;
};

// Serves whoever connects; returns when they have left.
void serve_debugger(const MakeReplayer& make, const ReplayRequest& request);

// Starts the debugger on a socket of our own; its exit status.
int launch_debugger(const MakeReplayer& make, const ReplayRequest& request);

}  // namespace rr::cli
