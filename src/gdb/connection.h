// The seam between the server and the line to a debugger. The socket is in socket_connection.h; a
// test scripts both ends.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace rr::gdb {

class Connection {
 public:
  virtual ~Connection() = default;

  // What has arrived, waiting at most this long for the first byte (a negative time: for ever).
  // Empty when the time ran out, nothing when the other side is gone.
  virtual std::optional<std::string> read(std::chrono::milliseconds timeout) = 0;

  // Everything, or false: the other side is gone, or has not read for so long that it counts as
  // gone.
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
};

inline constexpr std::chrono::milliseconds kForEver{-1};

}  // namespace rr::gdb
