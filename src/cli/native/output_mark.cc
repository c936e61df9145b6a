#include "cli/native/output_mark.h"

#include <string>
#include <unistd.h>

namespace rr::cli {

void mark_output(trace::Echo stream, Tid tid, FrameNumber event) {
  const std::string text =
      "[rr " + std::to_string(tid.value) + " " + std::to_string(event.value) + "]";
  const int fd = stream == trace::Echo::kStderr ? STDERR_FILENO : STDOUT_FILENO;
  // Nobody may be listening; that is the program's affair.
  [[maybe_unused]] const ssize_t ignored = ::write(fd, text.data(), text.size());
}

}  // namespace rr::cli
