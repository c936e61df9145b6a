// The debugger's side of a line: what it sends is a list of packets, what it got is read off
// afterwards. No socket, no waiting.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gdb/connection.h"
#include "gdb/hex.h"
#include "gdb/packet.h"
#include "gdb/server.h"

namespace rr::test {

class ScriptedConnection final : public gdb::Connection {
 public:
  // Reading yields one chunk at a time; behind the last one the client is gone.
  explicit ScriptedConnection(std::deque<std::string> chunks) : chunks_(std::move(chunks)) {}

  std::optional<std::string> read(std::chrono::milliseconds timeout) override {
    auto& source = timeout == gdb::kForEver ? chunks_ : while_running;
    if (source.empty()) return timeout == gdb::kForEver ? std::nullopt : std::optional("");
    std::string chunk = source.front();
    source.pop_front();
    return chunk;
  }
  bool write(std::string_view bytes) override {
    written += bytes;
    return accepts_writes;
  }

  std::deque<std::string> while_running;  // found by a look at the line that does not wait
  bool accepts_writes = true;
  std::string written;

 private:
  std::deque<std::string> chunks_;
};

inline std::vector<std::string> packets_in(std::string_view bytes) {
  gdb::PacketReader reader;
  reader.feed(bytes);
  std::vector<std::string> payloads;
  while (auto input = reader.next()) {
    if (auto* packet = std::get_if<gdb::Packet>(&*input)) payloads.push_back(packet->payload);
  }
  return payloads;
}

// All replies of one session in which the client sends these packets and then goes.
inline std::vector<std::string> replies(machine::Machine& machine,
                                        const std::vector<std::string>& packets,
                                        const gdb::ServeOptions& options = {}) {
  std::deque<std::string> chunks;
  for (const std::string& packet : packets) chunks.push_back(gdb::encode_packet(packet));
  ScriptedConnection line(std::move(chunks));
  (void)gdb::serve(machine, line, options);
  return packets_in(line.written);
}

// The reply to the last of them, for packets that each have one.
inline std::string reply(machine::Machine& machine, const std::vector<std::string>& packets,
                         const gdb::ServeOptions& options = {}) {
  const auto all = replies(machine, packets, options);
  return all.size() == packets.size() ? all.back()
                                      : "(replies: " + std::to_string(all.size()) + ")";
}

// The pc that a stop reply carries along.
inline std::string pc_of(const std::string& stop) {
  const size_t at = stop.find(";20:");
  return at == std::string::npos ? "(none in " + stop + ")" : stop.substr(at + 4, 6);
}

// What a reply to `monitor` says, or the rest of an O packet.
inline std::string text_of(const std::string& reply) {
  return gdb::parse_hex_text(reply).value_or("(not hexadecimal: " + reply + ")");
}

// The packet for `monitor LINE`.
inline std::string monitor(const std::string& line) { return "qRcmd," + gdb::to_hex_text(line); }

// What a current gdb says first.
inline const std::string kHello =
    "qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+;fork-events+;vfork-events+;"
    "exec-events+;vContSupported+;QThreadEvents+;no-resumed+;error-message+";

}  // namespace rr::test
