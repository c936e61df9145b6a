#include "gdb/socket_connection.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/error.h"

namespace rr::gdb {
namespace {

constexpr size_t kReadSize = 64 * 1024;

enum class Readiness { kReady, kTimedOut, kGone };

// A signal that interrupts the wait starts it anew: being early is not promised.
Readiness wait_for(int fd, int16_t events, std::chrono::milliseconds timeout) {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  while (true) {
    const int count = ::poll(&entry, 1, static_cast<int>(timeout.count()));
    if (count > 0) return Readiness::kReady;
    if (count == 0) return Readiness::kTimedOut;
    if (errno != EINTR) return Readiness::kGone;
  }
}

OwnedFd stream_socket(int family) {
  OwnedFd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) fail_errno("make", "a socket");
  return socket;
}

// Refused by a Unix socket, which has none of it.
void set_tcp_option(const OwnedFd& socket, int name, int value) {
  (void)::setsockopt(socket.get(), IPPROTO_TCP, name, &value, sizeof value);
}

// The kernel asks a client's that is silent whether it is there (tcp(7)), and gives up on one that
// does not acknowledge what was sent.
void limit_silence(const OwnedFd& socket) {
  constexpr int kSecondsBetween = 60;
  const int seconds = static_cast<int>(std::chrono::seconds(kNetworkPatience).count());
  const int one = 1;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  set_tcp_option(socket, TCP_KEEPIDLE, kSecondsBetween);
  set_tcp_option(socket, TCP_KEEPINTVL, kSecondsBetween);
  set_tcp_option(socket, TCP_KEEPCNT, seconds / kSecondsBetween - 1);
  set_tcp_option(socket, TCP_USER_TIMEOUT, seconds * 1000);
}

// The one that the kernel chose where 0 was asked for. At the same place for IPv4 and IPv6.
uint16_t port_of(const OwnedFd& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail_errno("learn the number of", "a port");
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// No names: a static program has no resolver of its own to rely upon.
SocketAddress numeric_address(const std::string& host, uint16_t port) {
  SocketAddress address;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  const char* const text = host == "localhost" ? "127.0.0.1" : host.c_str();
  if (::inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    fail("cannot listen on '" + host + "': give one of this machine's addresses in numbers, as " +
         "`getent ahosts " + host + "` shows them, or 0.0.0.0 for all");
  }
  return address;
}

}  // namespace

SocketConnection::SocketConnection(OwnedFd socket, std::chrono::milliseconds patience)
    : socket_(std::move(socket)), patience_(patience) {
  set_tcp_option(socket_, TCP_NODELAY, 1);
  limit_silence(socket_);
}

std::optional<std::string> SocketConnection::read(std::chrono::milliseconds timeout) {
  std::string bytes(kReadSize, '\0');
  while (true) {
    const Readiness readiness = wait_for(socket_.get(), POLLIN, timeout);
    if (readiness == Readiness::kTimedOut) return "";
    if (readiness == Readiness::kGone) return std::nullopt;
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0) {
      bytes.resize(static_cast<size_t>(count));
      return bytes;
    }
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) return std::nullopt;
  }
}

bool SocketConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      if (wait_for(socket_.get(), POLLOUT, patience_) != Readiness::kReady) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

Listener::Listener(OwnedFd socket, uint16_t port, std::string path)
    : socket_(std::move(socket)), port_(port), path_(std::move(path)) {}

Listener::~Listener() {
  if (socket_.is_open() && !path_.empty()) ::unlink(path_.c_str());
}

Listener Listener::on_loopback(uint16_t port) {
  OwnedFd socket = stream_socket(AF_INET);
  const int one = 1;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string name = "TCP port " + std::to_string(port) + " of the loopback interface";
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 1) != 0) {
    fail_errno("listen on", name, "choose another port with -s");
  }
  const uint16_t bound = port_of(socket);
  return Listener(std::move(socket), bound, "");
}

Listener Listener::on_host(const std::string& host, uint16_t port) {
  const SocketAddress address = numeric_address(host, port);
  OwnedFd socket = stream_socket(address.storage.ss_family);
  const int one = 1;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) !=
          0 ||
      ::listen(socket.get(), 1) != 0) {
    fail_errno("listen on", "port " + std::to_string(port) + " of " + host,
               "choose another port with -s");
  }
  const uint16_t bound = port_of(socket);
  return Listener(std::move(socket), bound, "");
}

Listener Listener::on_unix_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    fail("a socket cannot be named '" + path + "': the kernel takes 1 to " +
         std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd socket = stream_socket(AF_UNIX);
  // The mode of the descriptor becomes the file's at bind, so there is no moment at which others
  // could connect.
  if (::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail_errno("listen on", path, "a socket file of an earlier server can be removed");
  }
  Listener listener(std::move(socket), 0, path);
  if (::listen(listener.socket_.get(), 1) != 0) fail_errno("listen on", path);
  return listener;
}

std::optional<SocketConnection> Listener::accept_within(std::chrono::milliseconds timeout) {
  while (true) {
    if (wait_for(socket_.get(), POLLIN, timeout) != Readiness::kReady) return std::nullopt;
    OwnedFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.is_open()) return SocketConnection(std::move(socket));
    // A client that has left between the poll and here is not the listener's failure.
    if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN) {
      fail_errno("accept", "a debugger's connection");
    }
  }
}

SocketConnection Listener::accept() {
  auto connection = accept_within(kForEver);
  if (!connection) fail_errno("wait for", "a debugger");
  return std::move(*connection);
}

}  // namespace rr::gdb
