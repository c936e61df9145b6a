#include "cli/native/leftovers.h"

#include <unistd.h>
#include <utility>

namespace rr::cli {
namespace {

// A handler has nothing else to look at.
const std::vector<std::string>* volatile doomed = nullptr;

void remove_and_die(int signal) {
  for (const std::string& path : *doomed) {
    if (::unlink(path.c_str()) != 0) ::rmdir(path.c_str());
  }
  // Blocked until the handler returns.
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

Leftovers::Leftovers(std::vector<std::string> paths) : paths_(std::move(paths)) {
  doomed = &paths_;
  struct sigaction action {};
  action.sa_handler = remove_and_die;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &old_[i]);
    if (old_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

Leftovers::~Leftovers() {
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
  doomed = nullptr;
}

}  // namespace rr::cli
