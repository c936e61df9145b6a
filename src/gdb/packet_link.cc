#include "gdb/packet_link.h"

namespace rr::gdb {
namespace {

// A client that refuses the same packet this often will never take it.
constexpr int kMaxTimesSentAgain = 8;
// What a client may send ahead while the machine runs before it is left to wait.
constexpr size_t kMaxWaitingBytes = 2 * kMaxPacketSize;

}  // namespace

void PacketLink::read(std::chrono::milliseconds timeout) {
  const auto bytes = connection_.read(timeout);
  if (bytes) {
    reader_.feed(*bytes);
  } else {
    is_lost_ = true;
  }
}

void PacketLink::write(std::string_view bytes) {
  if (!is_lost_ && !connection_.write(bytes)) is_lost_ = true;
}

void PacketLink::send(std::string_view payload) {
  last_sent_ = encode_packet(payload);
  times_sent_again_ = 0;
  write(last_sent_);
}

// The payload that the server is to answer, if this input has one.
std::optional<std::string> PacketLink::accept(Input input) {
  if (auto* packet = std::get_if<Packet>(&input)) {
    if (acknowledges_) write("+");
    return std::move(packet->payload);
  }
  if (std::holds_alternative<DamagedPacket>(input)) {
    // Without acknowledgements nobody would send it again, so the client gets an error instead.
    if (acknowledges_) {
      write("-");
    } else {
      send("E.the packet's checksum is wrong");
    }
  } else if (std::holds_alternative<OversizedPacket>(input)) {
    if (acknowledges_) write("+");
    send("E.the packet is longer than PacketSize");
  } else if (std::holds_alternative<Refused>(input) && acknowledges_ && !last_sent_.empty()) {
    if (++times_sent_again_ > kMaxTimesSentAgain) is_lost_ = true;
    write(last_sent_);
  } else if (std::holds_alternative<InterruptRequest>(input) && interrupts_ == Interrupts::kKept) {
    interrupts_ = Interrupts::kOneIsThere;
  }
  return std::nullopt;
}

std::optional<std::string> PacketLink::receive() {
  while (!is_lost_) {
    auto input = reader_.next();
    if (!input) {
      read(kForEver);
    } else if (auto payload = accept(std::move(*input))) {
      return payload;
    }
  }
  return std::nullopt;
}

bool PacketLink::take_kept_interrupt() {
  if (interrupts_ != Interrupts::kOneIsThere) return false;
  interrupts_ = Interrupts::kKept;
  return true;
}

bool PacketLink::is_interrupted() {
  if (!is_lost_ && reader_.waiting_bytes() < kMaxWaitingBytes) read(std::chrono::milliseconds{0});
  return is_lost_ || reader_.take_interrupt();
}

}  // namespace rr::gdb
