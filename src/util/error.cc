#include "util/error.h"

#include <cerrno>
#include <cstring>

namespace rr {

void fail(const std::string& message, ExitCode code) { throw Error(message, code); }

void fail_errno(const std::string& act, const std::string& object, const std::string& remedy,
                ExitCode code) {
  std::string message = "cannot " + act + " " + object + ": " + std::strerror(errno);
  if (!remedy.empty()) message += " (" + remedy + ")";
  throw Error(message, code);
}

}  // namespace rr
