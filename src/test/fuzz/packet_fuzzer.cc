// libFuzzer: any bytes, in any chopping, into the packet reader; what comes out goes in again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gdb/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  rr::gdb::PacketReader whole;
  rr::gdb::PacketReader chopped;
  whole.feed(bytes);
  for (const char c : bytes) chopped.feed({&c, 1});
  while (auto input = whole.next()) {
    if (chopped.next() != input) std::abort();
    const auto* packet = std::get_if<rr::gdb::Packet>(&*input);
    if (packet == nullptr) continue;
    rr::gdb::PacketReader again;
    again.feed(rr::gdb::encode_packet(packet->payload));
    if (again.next() != input) std::abort();
  }
  if (chopped.next() || whole.waiting_bytes() != 0 || chopped.waiting_bytes() != 0) std::abort();
  return 0;
}
