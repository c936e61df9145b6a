// Going backward: bc bs.
#include "gdb/command.h"
#include "gdb/resume_backward.h"
#include "gdb/stop_reply.h"

namespace rr::gdb {

Reply go_backward(Session& session, std::string_view direction) {
  if (direction != "c" && direction != "s") return "";
  const Report report =
      resume_backward(session, direction == "c" ? Backward::kContinue : Backward::kStep);
  if (session.link().is_lost()) return std::nullopt;
  return stop_reply(session, report);
}

}  // namespace rr::gdb
