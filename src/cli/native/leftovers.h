// Files that go also where a signal ends rr: destructors do not run then.
#pragma once

#include <array>
#include <csignal>
#include <string>
#include <vector>

namespace rr::cli {

class Leftovers final {
 public:
  // One at a time. Files, and behind them the folder that they are in, if that goes too.
  explicit Leftovers(std::vector<std::string> paths);
  ~Leftovers();
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;

 private:
  static constexpr std::array kSignals = {SIGHUP, SIGINT, SIGTERM};

  std::vector<std::string> paths_;
  std::array<struct sigaction, kSignals.size()> old_{};
};

}  // namespace rr::cli
