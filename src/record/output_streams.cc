#include "record/output_streams.h"

#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"

namespace rr::record {

using trace::Echo;

namespace {

// The descriptor that a call writes to, by the place of the argument.
std::optional<size_t> written_argument(int32_t number) {
  switch (number) {
    case aarch64::kSysWrite:
    case aarch64::kSysWritev:
    case aarch64::kSysPwrite64:
    case aarch64::kSysPwritev:
    case aarch64::kSysPwritev2:
    case aarch64::kSysSendto:
    case aarch64::kSysSendmsg:
    case aarch64::kSysSendmmsg:
    case aarch64::kSysSendfile:
    case aarch64::kSysVmsplice:
      return 0;
    case aarch64::kSysTee:
      return 1;
    case aarch64::kSysSplice:
    case aarch64::kSysCopyFileRange:
      return 2;
    default:
      return std::nullopt;
  }
}

// /dev/tty shows this to whoever asks; which terminal it is depends on the session.
constexpr unsigned kOwnTerminalMajor = 5;  // and minor 0

dev_t terminal_of_session(Tid process) {
  // Field 7 of /proc/PID/stat, as the old encoding of a device number.
  const std::string text = kernel::read_proc_file(process, "stat");
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string state;
  int32_t parent = 0, group = 0, session = 0, terminal = 0;
  fields >> state >> parent >> group >> session >> terminal;
  const auto bits = static_cast<uint32_t>(terminal);
  return makedev(bits >> 8 & 0xfff, (bits & 0xff) | (bits >> 12 & 0xfff00));
}

bool is_terminal(dev_t device) {
  constexpr unsigned kFirstMajor = 4;  // tty, ttyS
  constexpr unsigned kAlternate = 5;   // tty, console
  constexpr unsigned kFirstPty = 136;  // pts: 136 ... 143
  constexpr unsigned kLastPty = 143;
  constexpr unsigned kAmba = 204;  // ttyAMA and others
  const unsigned number = major(device);
  return number == kFirstMajor || number == kAlternate || number == kAmba ||
         (number >= kFirstPty && number <= kLastPty);
}

}  // namespace

std::optional<ShownFile> file_shown_by(Tid process, int32_t fd) {
  const std::string path = "/proc/" + std::to_string(process.value) + "/fd/" + std::to_string(fd);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
      return ShownFile{status.st_dev, status.st_ino, 0};
    case S_IFCHR:
      if (!is_terminal(status.st_rdev)) return std::nullopt;
      return ShownFile{0, 0,
                       status.st_rdev == makedev(kOwnTerminalMajor, 0)
                           ? terminal_of_session(process)
                           : status.st_rdev};
    default:
      return std::nullopt;
  }
}

OutputStreams::OutputStreams()
    : stdout_(file_shown_by({::getpid()}, STDOUT_FILENO)),
      stderr_(file_shown_by({::getpid()}, STDERR_FILENO)),
      streams_{{STDOUT_FILENO, Echo::kStdout}, {STDERR_FILENO, Echo::kStderr}} {}

Echo OutputStreams::of(Tid process, int32_t fd) {
  const auto known = streams_.find(fd);
  if (known != streams_.end()) return known->second;
  const Echo echo = identify(process, fd);
  streams_.emplace(fd, echo);
  return echo;
}

Echo OutputStreams::identify(Tid process, int32_t fd) const {
  const std::optional<ShownFile> shown = file_shown_by(process, fd);
  if (!shown) return Echo::kNone;
  if (shown == stdout_) return Echo::kStdout;
  return shown == stderr_ ? Echo::kStderr : Echo::kNone;
}

Echo OutputStreams::written_by(Tid process, const SyscallArguments& call) {
  const auto argument = written_argument(call.number);
  if (!argument) return Echo::kNone;
  return of(process, static_cast<int32_t>(call.args[*argument]));
}

void OutputStreams::after_call(const SyscallArguments& call, int64_t result) {
  if (result < 0) return;
  const auto fd = static_cast<int32_t>(call.args[0]);
  switch (call.number) {
    case aarch64::kSysClose:
      streams_.erase(fd);
      return;
    case aarch64::kSysCloseRange:
      if ((call.args[2] & 4 /* CLOSE_RANGE_CLOEXEC */) != 0) return;
      std::erase_if(streams_, [&](const auto& entry) {
        const auto number = static_cast<uint32_t>(entry.first);
        return number >= static_cast<uint32_t>(call.args[0]) &&
               number <= static_cast<uint32_t>(call.args[1]);
      });
      return;
    case aarch64::kSysDup:
    case aarch64::kSysDup3:
      copy(fd, static_cast<int32_t>(result));
      return;
    case aarch64::kSysFcntl:
      if (call.args[1] == F_DUPFD || call.args[1] == F_DUPFD_CLOEXEC) {
        copy(fd, static_cast<int32_t>(result));
      }
      return;
    default:
      return;
  }
}

void OutputStreams::copy(int32_t from, int32_t to) {
  const auto known = streams_.find(from);
  if (known == streams_.end()) {
    streams_.erase(to);
  } else {
    streams_[to] = known->second;
  }
}

}  // namespace rr::record
