#include "cli/native/debug_session.h"

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include "gdb/init_script.h"
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
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base == nullptr ? "/tmp" : base) + "/rr-XXXXXX";
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
  std::string path_;
};

gdb::SessionEnd serve_one(const MakeReplayer& make, gdb::SocketConnection& connection) {
  const auto replayer = make();
  gdb::ServeOptions options;
  options.restart = [&make](const gdb::RestartRequest&) -> std::unique_ptr<machine::Machine> {
    return make();
  };
  return gdb::serve(*replayer, connection, options);
}

gdb::Listener listen_at(const std::string& port) {
  if (port.find('/') != std::string::npos) return gdb::Listener::on_unix_socket(port);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) {
    fail("'" + port + "' is neither a port number nor a path with a / in it");
  }
  return gdb::Listener::on_loopback(number);
}

std::vector<std::string> debugger_command(const ReplayRequest& request, const SessionFolder& folder,
                                          const std::string& executable) {
  const std::string script = folder.path() + "/init";
  std::ofstream(script) << gdb::gdb_init_script();
  std::vector<std::string> command = {request.debugger, "-q", "-l", "10000", "-x", script};
  if (!executable.empty()) {
    command.push_back("-ex");
    command.push_back("file " + executable);
  }
  command.push_back("-ex");
  command.push_back("target extended-remote " + folder.path() + "/socket");
  for (const std::string& user_script : request.scripts) {
    command.push_back("-x");
    command.push_back(user_script);
  }
  command.insert(command.end(), request.debugger_options.begin(), request.debugger_options.end());
  return command;
}

pid_t start(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) fail_errno("start", command.front());
  if (child == 0) {
    ::setenv("GDB_UNDER_RR", "1", 1);
    ::execvp(argv[0], argv.data());
    std::perror(("rr: cannot start " + command.front()).c_str());
    ::_exit(127);
  }
  return child;
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

void serve_debugger(const MakeReplayer& make, const ReplayRequest& request) {
  gdb::Listener listener = listen_at(request.port);
  const std::string where =
      listener.port() == 0 ? request.port : "127.0.0.1:" + std::to_string(listener.port());
  do {
    std::fprintf(stderr, "Waiting for a debugger: gdb -ex 'target extended-remote %s'\n",
                 where.c_str());
    gdb::SocketConnection connection = listener.accept();
    serve_one(make, connection);
  } while (request.keep_listening);
}

int launch_debugger(const MakeReplayer& make, const ReplayRequest& request) {
  const SessionFolder folder;
  gdb::Listener listener = gdb::Listener::on_unix_socket(folder.path() + "/socket");
  const auto replayer = make();
  const std::string executable = replayer->executable(replayer->current_task().pid);
  // Ctrl-C at the terminal is for the debugger, which passes it on as a packet.
  ::signal(SIGINT, SIG_IGN);
  const pid_t debugger = start(debugger_command(request, folder, executable));
  int status = 0;
  for (;;) {
    if (auto connection = listener.accept_within(kLookAgain)) {
      gdb::ServeOptions options;
      options.restart = [&make](const gdb::RestartRequest&) -> std::unique_ptr<machine::Machine> {
        return make();
      };
      gdb::serve(*replayer, *connection, options);
      break;
    }
    if (::waitpid(debugger, &status, WNOHANG) == debugger) return exit_code_of(status);
  }
  while (::waitpid(debugger, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_code_of(status);
}

}  // namespace rr::cli
