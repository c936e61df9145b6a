// The framing of the remote protocol, `$payload#checksum`, as values: bytes of any chopping go in,
// packets, acknowledgements and interrupts come out. No input or output of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rr::gdb {

// The longest payload that is taken, and that qSupported promises.
inline constexpr size_t kMaxPacketSize = size_t{1} << 20;

struct Packet {
  std::string payload;  // unescaped, run lengths expanded
  bool operator==(const Packet&) const = default;
};
struct DamagedPacket {  // a wrong checksum or an impossible run length
  bool operator==(const DamagedPacket&) const = default;
};
struct OversizedPacket {  // longer than kMaxPacketSize; its bytes were thrown away
  bool operator==(const OversizedPacket&) const = default;
};
struct Acknowledged {
  bool operator==(const Acknowledged&) const = default;
};
struct Refused {  // "-": send the last packet again
  bool operator==(const Refused&) const = default;
};
struct InterruptRequest {  // 0x03 between packets
  bool operator==(const InterruptRequest&) const = default;
};

using Input =
    std::variant<Packet, DamagedPacket, OversizedPacket, Acknowledged, Refused, InterruptRequest>;

class PacketReader final {
 public:
  void feed(std::string_view bytes);
  std::optional<Input> next();  // the oldest that has not been taken
  // Removes the oldest interrupt, wherever it stands among the inputs that wait.
  bool take_interrupt();
  // Bytes of the packets that wait to be taken: what a sender in a hurry makes us keep.
  size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  enum class State { kBetween, kPayload, kFirstDigit, kSecondDigit };

  void take(char c);
  void take_between(char c);
  void take_payload(char c);
  void finish();
  void push(Input input);

  State state_ = State::kBetween;
  std::string raw_;
  uint8_t sum_ = 0;
  char first_digit_ = 0;
  bool is_oversized_ = false;
  std::deque<Input> inputs_;
  size_t waiting_bytes_ = 0;
};

// `$payload#xx`, with `#`, `$`, `}` and `*` in the payload escaped.
std::string encode_packet(std::string_view payload);

// Escaping alone, for replies that must know how many bytes fit.
std::string escape(std::string_view payload);

}  // namespace rr::gdb
