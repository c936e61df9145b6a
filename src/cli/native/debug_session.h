// A replay with a debugger on it: gdb started as a child and spoken to over a socket, or any
// debugger that connects.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replay/replayer.h"

namespace rr::cli {

using MakeReplayer = std::function<std::unique_ptr<replay::Replayer>()>;

struct ReplayRequest {
  std::string trace;
  bool autopilot = false;
  std::string on_process;      // begin when this process (number, or name) executes its program
  std::optional<Pid> on_fork;  // begin when this process is made
  std::optional<Pid> process;  // found by these two
  bool quiet = false;
  std::string begin_at;  // where the debugger begins: gdb/seek.h
  uint64_t checkpoint_megabytes = 1024;
  std::string host;  // whose port; empty: the loopback address
  std::string port;  // or a path
  bool keep_listening = false;
  std::string debugger = "gdb";
  std::string interpreter;  // gdb's, as mi
  bool serve_files = false;
  bool is_unattended = false;  // no divergence is shown in a debugger
  bool full_names = false;     // gdb's --fullname, for Emacs
  std::vector<std::string> scripts;
  std::vector<std::string> debugger_options;
};

// A replay that cannot go on, and why.
struct Diverged {
  std::unique_ptr<replay::Replayer> replayer;
  std::string report;
};

// Serves whoever connects; returns when they have left.
void serve_debugger(const MakeReplayer& make, const ReplayRequest& request);

// Starts the debugger on a socket of our own; its exit status.
int launch_debugger(const MakeReplayer& make, const ReplayRequest& request,
                    std::optional<Diverged> diverged = std::nullopt);

}  // namespace rr::cli
