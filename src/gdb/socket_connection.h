// A debugger at the end of a socket: accepted from a TCP port of the loopback interface or from a
// Unix socket, or an end that somebody else has connected.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "gdb/connection.h"
#include "util/fd.h"

namespace rr::gdb {

// How long a client may leave its replies unread before it counts as gone.
inline constexpr std::chrono::milliseconds kWritePatience{30'000};
// And how long its machine may not be heard of, lost with its network: it holds up the next one. A
// computer that sleeps for a moment is not lost.
inline constexpr std::chrono::minutes kNetworkPatience{15};

class SocketConnection final : public Connection {
 public:
  explicit SocketConnection(OwnedFd socket, std::chrono::milliseconds patience = kWritePatience);

  std::optional<std::string> read(std::chrono::milliseconds timeout) override;
  bool write(std::string_view bytes) override;

 private:
  OwnedFd socket_;
  std::chrono::milliseconds patience_;
};

class Listener final {
 public:
  // Port 0 picks a free one. Only the loopback address: whoever can connect reads the recorded
  // program's memory and the user's files.
  static Listener on_loopback(uint16_t port);
  // Whoever reaches that address, IPv4 or IPv6 in numbers, may connect. Throws Error where it is
  // not this machine's.
  static Listener on_host(const std::string& host, uint16_t port);
  // A socket file that only this user can open; replaces no file that exists.
  static Listener on_unix_socket(const std::string& path);

  Listener(Listener&&) = default;
  ~Listener();

  uint16_t port() const { return port_; }  // 0 for a Unix socket
  SocketConnection accept();
  // Nothing when nobody came in that time.
  std::optional<SocketConnection> accept_within(std::chrono::milliseconds timeout);

 private:
  Listener(OwnedFd socket, uint16_t port, std::string path);

  OwnedFd socket_;
  uint16_t port_ = 0;
  std::string path_;  // the socket file, removed at the end; empty for TCP and when moved from
};

}  // namespace rr::gdb
