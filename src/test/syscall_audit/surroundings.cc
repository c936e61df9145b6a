#include "syscall_audit/surroundings.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/loop.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace rr::test {
namespace {

std::string new_file_in(const char* form, std::string_view contents) {
  std::string name = form;
  const int fd = must(::mkstemp(name.data()), form);
  must(static_cast<int>(::write(fd, contents.data(), contents.size())), "write");
  ::close(fd);
  return name;
}

}  // namespace

int must(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  ::_exit(99);
}

std::string new_file(std::string_view contents) {
  return new_file_in("/tmp/audit-XXXXXX", contents);
}

std::string new_disk_file(std::string_view contents) {
  return new_file_in("/var/tmp/audit-XXXXXX", contents);
}

int open_new_file(std::string_view contents) {
  return must(::open(new_file(contents).c_str(), O_RDWR), "open");
}

std::string new_folder() {
  std::string name = "/tmp/audit-folder-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) must(-1, "mkdtemp");
  return name;
}

Pair pipe_with(std::string_view contents) {
  std::array<int, 2> fds;
  must(::pipe(fds.data()), "pipe");
  must(static_cast<int>(::write(fds[1], contents.data(), contents.size())), "write");
  return {fds[0], fds[1]};
}

Pair sockets_with(int type, std::string_view contents) {
  std::array<int, 2> fds;
  must(::socketpair(AF_UNIX, type, 0, fds.data()), "socketpair");
  sockaddr_un name{AF_UNIX, {}};
  std::snprintf(&name.sun_path[1], sizeof name.sun_path - 1, "audit-%d", ::getpid());
  must(::bind(fds[1], reinterpret_cast<sockaddr*>(&name), 24), "bind");
  must(static_cast<int>(::send(fds[1], contents.data(), contents.size(), 0)), "send");
  return {fds[0], fds[1]};
}

Pair internet_sockets() {
  const int listener = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  must(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), "bind");
  must(::listen(listener, 1), "listen");
  must(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  const int client = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
  must(::connect(client, reinterpret_cast<sockaddr*>(&address), length), "connect");
  const int server = must(::accept(listener, nullptr, nullptr), "accept");
  return {client, server};
}

int listener_with_peer() {
  const auto named = [](const char* what) {
    const int fd = must(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    sockaddr_un name{AF_UNIX, {}};
    std::snprintf(&name.sun_path[1], sizeof name.sun_path - 1, "%s-%d", what, ::getpid());
    must(::bind(fd, reinterpret_cast<sockaddr*>(&name), 24), "bind");
    return std::pair{fd, name};
  };
  const auto [listener, name] = named("listens");
  must(::listen(listener, 1), "listen");
  const int peer = named("connects").first;
  must(::connect(peer, reinterpret_cast<const sockaddr*>(&name), 24), "connect");
  return listener;
}

Pair terminal() {
  int master = -1;
  int slave = -1;
  must(::openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
  return {master, slave};
}

int loop_device(std::string_view format) {
  const std::string name = new_file("");
  must(::truncate(name.c_str(), 128 << 20), "truncate");
  if (!format.empty()) {
    const std::string command = std::string(format) + " " + name + " >/dev/null 2>&1";
    must(std::system(command.c_str()) == 0 ? 0 : -1, command.c_str());
  }
  const int file = must(::open(name.c_str(), O_RDWR), "open");
  const int control = must(::open("/dev/loop-control", O_RDWR), "/dev/loop-control");
  const int number = must(::ioctl(control, LOOP_CTL_GET_FREE), "LOOP_CTL_GET_FREE");
  const std::string device = "/dev/loop" + std::to_string(number);
  const int loop = must(::open(device.c_str(), O_RDWR), device.c_str());
  must(::ioctl(loop, LOOP_SET_FD, file), "LOOP_SET_FD");
  // Gone with the last descriptor.
  loop_info64 info{};
  info.lo_flags = LO_FLAGS_AUTOCLEAR;
  must(::ioctl(loop, LOOP_SET_STATUS64, &info), "LOOP_SET_STATUS64");
  ::unlink(name.c_str());
  return loop;
}

}  // namespace rr::test
