// Going backward: bc bs.
#include "gdb/command.h"
#include "gdb/resume.h"
#include "gdb/resume_backward.h"
#include "gdb/session.h"
#include "gdb/stop_reply.h"

namespace rr::gdb {

Reply go_backward(Session& session, std::string_view direction) {
  if (direction != "c" && direction != "s") return "";
  // To a place one goes in whichever direction that is.
  const bool goes_to_place = session.way || session.told_at_place;
  const Report report =
      goes_to_place
          ? resume(session, {})
          : resume_backward(session, direction == "c" ? Backward::kContinue : Backward::kStep);
  if (session.link().is_lost()) return std::nullopt;
  return stop_reply(session, report);
}

}  // namespace rr::gdb
