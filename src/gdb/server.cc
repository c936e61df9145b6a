#include "gdb/server.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include "gdb/command.h"
#include "gdb/packet_link.h"
#include "gdb/session.h"
#include "util/log.h"

namespace rr::gdb {

OwnedFd open_host_file(const std::string& path) {
  // Without O_NONBLOCK a FIFO would hold the server up.
  OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.is_open()) return fd;
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode)) return fd;
  fd.reset();
  errno = S_ISDIR(status.st_mode) ? EISDIR : EACCES;
  return fd;
}

namespace {

// As with a real process, whose SIGINT waits for it to go on. lldb asks for an interrupt anew.
void keep_or_drop_interrupts(const Session& session, PacketLink& link, SteppingRole role) {
  if (role == SteppingRole::kOther) link.drop_interrupts();
  if (role == SteppingRole::kResume && !session.client.is_lldb) link.keep_interrupts();
}

SessionEnd serve_session(Session& session, PacketLink& link) {
  while (!session.end) {
    const auto packet = link.receive();
    if (!packet) {
      // With no program left there is nothing to take leave of: gdb just closes the line.
      session.end = session.attached.empty() ? SessionEnd::kDetached : SessionEnd::kConnectionLost;
      break;
    }
    LOG(kDebug, "gdb") << "< " << packet->substr(0, 200);
    const Reply reply = execute(session, *packet);
    keep_or_drop_interrupts(session, link, stepping_role(*packet));
    if (!reply) continue;
    LOG(kDebug, "gdb") << "> " << reply->substr(0, 200);
    link.send(*reply);
  }
  session.remove_breakpoints();
  return *session.end;
}

}  // namespace

SessionEnd serve(machine::Machine& machine, Connection& connection, const ServeOptions& options) {
  PacketLink link(connection);
  Session session(machine, link, options);
  return serve_session(session, link);
}

SessionEnd serve(std::unique_ptr<machine::Machine> machine, Connection& connection,
                 const ServeOptions& options) {
  PacketLink link(connection);
  Session session(std::move(machine), link, options);
  return serve_session(session, link);
}

}  // namespace rr::gdb
