#include "cli/native/debug_session.h"

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/native/debugger_command.h"
#include "cli/native/leftovers.h"
#include "cli/native/recorded_files.h"
#include "gdb/server.h"
#include "gdb/socket_connection.h"
#include "util/error.h"

namespace rr::cli {
namespace {

constexpr std::chrono::milliseconds kLookAgain{200};

// A private folder for the socket and the start-up script, gone with its owner.
class SessionFolder {
 public:
  SessionFolder() {
    path_ = base() + "/rr-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) fail_errno("create", path_, "is TMPDIR writable?");
  }
  ~SessionFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  SessionFolder(const SessionFolder&) = delete;
  SessionFolder& operator=(const SessionFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  // Of a long path there would be no room for a socket's name (sun_path).
  static std::string base() {
    constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - sizeof "/rr-XXXXXX/socket";
    const char* const wish = std::getenv("TMPDIR");
    return wish == nullptr || std::strlen(wish) > kLongest ? "/tmp" : wish;
  }

  std::string path_;
};

void tell_progress(FrameNumber reached, FrameNumber last) {
  if (::isatty(STDERR_FILENO) != 1) return;
  std::fprintf(stderr, "rr: at event %llu of %llu\n",
               static_cast<unsigned long long>(reached.value),
               static_cast<unsigned long long>(last.value));
}

// What one debugger after another is served with.
class Server {
 public:
  Server(const MakeReplayer& make, const ReplayRequest& request)
      : make_(make), request_(request), files_(request.trace) {}

  void take(Diverged diverged) {
    replayer_ = std::move(diverged.replayer);
    failure_ = std::move(diverged.report);
  }

  replay::Replayer& replayer() {
    if (!replayer_) replayer_ = make_();
    return *replayer_;
  }
  const RecordedFiles& files() const { return files_; }

  // A debugger that was lost finds the replay where it left it; one that took its leave does not.
  gdb::SessionEnd serve(gdb::SocketConnection& connection) {
    bool is_done_with = false;
    gdb::ServeOptions options;
    options.open_file = [this](const std::string& path) { return files_.open(path); };
    options.restart = [&](const gdb::RestartRequest&) -> std::unique_ptr<machine::Machine> {
      is_done_with = true;
      return make_();
    };
    replay::Replayer& machine = replayer();
    options.process = request_.process;
    options.failure = failure_;
    options.begin_at = request_.begin_at;
    options.checkpoints.memory_limit = request_.checkpoint_megabytes << 20;
    options.progress = tell_progress;
    const gdb::SessionEnd end = gdb::serve(machine, connection, options);
    if (is_done_with || end != gdb::SessionEnd::kConnectionLost) {
      replayer_.reset();
      failure_.reset();
    }
    return end;
  }

 private:
  const MakeReplayer& make_;
  const ReplayRequest& request_;
  RecordedFiles files_;
  std::unique_ptr<replay::Replayer> replayer_;
  std::optional<std::string> failure_;
};

// The file of a server that was killed: nobody answers there.
void remove_dead_socket(const std::string& path) {
  struct stat status {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  if (path.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path.data(), path.size());
  const OwnedFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* const name = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(probe.get(), name, sizeof address) != 0 && errno == ECONNREFUSED)
    ::unlink(path.c_str());
}

bool is_path(const std::string& port) { return port.find('/') != std::string::npos; }

gdb::Listener listen_at(const std::string& host, const std::string& port) {
  if (is_path(port)) {
    remove_dead_socket(port);
    return gdb::Listener::on_unix_socket(port);
  }
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) {
    fail("'" + port + "' is neither a port number nor a path with a / in it");
  }
  return host.empty() ? gdb::Listener::on_loopback(number) : gdb::Listener::on_host(host, number);
}

pid_t start(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) fail_errno("start", command.front());
  if (child == 0) {
    ::setenv("GDB_UNDER_RR", "1", 1);
    ::setenv("LLDB_UNDER_RR", "1", 1);
    ::signal(SIGINT, SIG_DFL);
    ::execvp(argv[0], argv.data());
    std::perror(("rr: cannot start " + command.front() + " (-d FILE chooses another)").c_str());
    ::_exit(127);
  }
  return child;
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

void serve_debugger(const MakeReplayer& make, const ReplayRequest& request) {
  gdb::Listener listener = listen_at(request.host, request.port);
  const Leftovers leftovers(is_path(request.port) ? std::vector{request.port}
                                                  : std::vector<std::string>{});
  const std::string host = request.host.empty() ? "127.0.0.1" : request.host;
  const std::string where =
      listener.port() == 0 ? request.port : host + ":" + std::to_string(listener.port());
  Server server(make, request);
  for (;;) {
    std::fprintf(stderr, "Waiting for a debugger: gdb -ex 'target extended-remote %s'\n",
                 where.c_str());
    gdb::SocketConnection connection = listener.accept();
    const bool is_lost = server.serve(connection) == gdb::SessionEnd::kConnectionLost;
    if (is_lost) {
      std::fprintf(stderr, "The debugger is gone without having taken its leave.\n");
    } else if (!request.keep_listening) {
      return;
    }
  }
}

int launch_debugger(const MakeReplayer& make, const ReplayRequest& request,
                    std::optional<Diverged> diverged) {
  const SessionFolder folder;
  gdb::Listener listener = gdb::Listener::on_unix_socket(folder.path() + "/socket");
  Server server(make, request);
  if (diverged) server.take(std::move(*diverged));
  const replay::Replayer& replayer = server.replayer();
  const Pid process = request.process.value_or(replayer.current_task().pid);
  // Ctrl-C at the terminal is for the debugger, which passes it on as a packet.
  ::signal(SIGINT, SIG_IGN);
  const Leftovers leftovers({folder.path() + "/socket", folder.path() + "/init", folder.path()});
  const pid_t debugger = start(debugger_command(
      request,
      {.folder = folder.path(),
       .socket = folder.path() + "/socket",
       .executable = replayer.executable(process),
       .files_are_here = !request.serve_files && server.files().programs_are_still_here()}));
  int status = 0;
  for (;;) {
    if (auto connection = listener.accept_within(kLookAgain)) server.serve(*connection);
    if (::waitpid(debugger, &status, WNOHANG) == debugger) return exit_code_of(status);
  }
}

}  // namespace rr::cli
