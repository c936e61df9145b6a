// Threads: H T qC qfThreadInfo qsThreadInfo qThreadExtraInfo.
#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/hex.h"
#include "util/error.h"

namespace rr::gdb {

// Hg chooses the thread that registers and memory are read of. Hc comes from clients that do not
// know vCont, and chooses the one to step: the same.
Reply select_thread(Session& session, std::string_view text) {
  Arguments arguments(text);
  const std::string_view purpose = arguments.take_exactly(1);
  if (purpose != "g" && purpose != "c") return "";
  const TaskPattern pattern = parse_tasks_or_fail(arguments.rest());
  const auto task = session.find_task(pattern);
  const bool is_any = !pattern.tid && !pattern.pid;
  if (!task && !is_any) fail("no such thread");
  if (task && !(is_any && purpose == "c")) session.select(*task);
  return std::string(kOk);
}

Reply is_thread_alive(Session& session, std::string_view text) {
  if (!session.find_task(parse_tasks_or_fail(text))) fail("no such thread");
  return std::string(kOk);
}

Reply current_thread(Session& session, std::string_view) {
  return "QC" + format_task(session.selected, session.id_syntax());
}

Reply list_threads(Session& session, std::string_view) {
  std::string ids;
  for (const machine::TaskInfo& task : session.visible_tasks()) {
    ids += (ids.empty() ? "m" : ",") + format_task(task.id, session.id_syntax());
  }
  return ids.empty() ? "l" : ids;
}

Reply end_of_threads(Session&, std::string_view) { return "l"; }

Reply describe_thread(Session& session, std::string_view text) {
  const auto wanted = session.find_task(parse_tasks_or_fail(text));
  for (const machine::TaskInfo& task : session.visible_tasks()) {
    if (task.id == wanted) return to_hex_text(task.name);
  }
  fail("no such thread");
}

}  // namespace rr::gdb
