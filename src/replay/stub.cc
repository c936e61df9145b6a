#include "replay/stub.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <unistd.h>

#include "kernel/spawn.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::replay {

using kernel::Resume;
using kernel::Stopped;

std::string own_executable() {
  std::array<char, PATH_MAX> buffer;
  const ssize_t n = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (n < 0) fail_errno("read", "/proc/self/exe", "is /proc mounted?", ExitCode::kUnavailable);
  return {buffer.data(), static_cast<size_t>(n)};
}

Stopped start_stub() {
  const std::string path = own_executable();
  kernel::Spawned spawned = kernel::spawn_traced({.path = path,
                                                  .arguments = {"rr-replay"},
                                                  .environment = {},
                                                  .untraced_return = std::nullopt,
                                                  .cpu = kernel::first_allowed_cpu(),
                                                  .own_process_group = true});
  kernel::Running running = std::move(spawned.running);
  try {
    for (;;) {
      Stopped stopped = kernel::wait_stopped(std::move(running));
      const bool executed = stopped.as<kernel::ExecStop>() != nullptr;
      running = std::move(stopped).resume(executed ? Resume::kSyscall : Resume::kContinue);
      if (executed) break;
    }
    Stopped stopped = kernel::wait_stopped(std::move(running));
    CHECK(stopped.as<kernel::SyscallStop>() != nullptr) << "execve's exit stop did not come";
    return stopped;
  } catch (const kernel::TraceeDied&) {
    int error = 0;
    if (::read(spawned.exec_error.get(), &error, sizeof error) != sizeof error) error = ESRCH;
    fail("cannot start the replayed process from " + path + ": " + std::strerror(error),
         ExitCode::kUnavailable);
  }
}

}  // namespace rr::replay
