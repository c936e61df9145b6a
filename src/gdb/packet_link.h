// Packets over a connection: acknowledges, sends again when asked, and looks for Ctrl-C while
// nobody is waiting for a packet.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gdb/connection.h"
#include "gdb/packet.h"

namespace rr::gdb {

class PacketLink final {
 public:
  explicit PacketLink(Connection& connection) : connection_(connection) {}

  // The next packet, or nothing when the connection is lost. Interrupts that arrive while nothing
  // runs are dropped: what they were to stop has stopped. Unless they are kept.
  std::optional<std::string> receive();
  void send(std::string_view payload);
  // After the reply that agrees to it.
  void stop_acknowledging() { acknowledges_ = false; }

  // Asked while the machine runs: has the client sent Ctrl-C, or gone?
  bool is_interrupted();
  bool is_lost() const { return is_lost_; }

  // From now on an interrupt that arrives while nothing runs is kept: the client may be about to
  // let the machine run on by itself, and its user, who sees no stop, has pressed Ctrl-C once.
  void keep_interrupts() { interrupts_ = Interrupts::kKept; }
  // No longer; one that has been kept is dropped.
  void drop_interrupts() { interrupts_ = Interrupts::kDropped; }
  // Whether one has been kept, which is over with that.
  bool take_kept_interrupt();

 private:
  enum class Interrupts { kDropped, kKept, kOneIsThere };

  void write(std::string_view bytes);
  void read(std::chrono::milliseconds timeout);
  std::optional<std::string> accept(Input input);

  Connection& connection_;
  PacketReader reader_;
  std::string last_sent_;
  int times_sent_again_ = 0;
  Interrupts interrupts_ = Interrupts::kDropped;
  bool acknowledges_ = true;
  bool is_lost_ = false;
};

}  // namespace rr::gdb
