#include "gdb/packet.h"

#include <algorithm>

#include "gdb/hex.h"

namespace rr::gdb {
namespace {

constexpr char kEscape = '}';
constexpr char kEscapeBit = 0x20;
constexpr char kRunLength = '*';
constexpr char kInterrupt = 0x03;
// A run length is a printable character: this plus the count of further repetitions.
constexpr int kRunLengthBase = 29;

// Nothing when a run length has nothing to repeat, an impossible count, or makes the payload too
// long.
std::optional<std::string> expand(std::string_view raw) {
  std::string payload;
  payload.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != kEscape && raw[i] != kRunLength) {
      payload += raw[i];
      continue;
    }
    if (i + 1 == raw.size()) return std::nullopt;
    const char mark = raw[i++];
    if (mark == kEscape) {
      payload += static_cast<char>(raw[i] ^ kEscapeBit);
      continue;
    }
    const int count = static_cast<unsigned char>(raw[i]) - kRunLengthBase;
    if (payload.empty() || count < 3 || count > 126 - kRunLengthBase) return std::nullopt;
    payload.append(static_cast<size_t>(count), payload.back());
    if (payload.size() > kMaxPacketSize) return std::nullopt;
  }
  return payload;
}

}  // namespace

void PacketReader::feed(std::string_view bytes) {
  for (char c : bytes) take(c);
}

void PacketReader::take(char c) {
  switch (state_) {
    case State::kBetween:
      return take_between(c);
    case State::kPayload:
      return take_payload(c);
    case State::kFirstDigit:
      first_digit_ = c;
      state_ = State::kSecondDigit;
      return;
    case State::kSecondDigit:
      state_ = State::kBetween;
      const auto high = hex_digit(first_digit_);
      const auto low = hex_digit(c);
      if (is_oversized_) return push(OversizedPacket{});
      if (!high || !low || (*high << 4 | *low) != sum_) return push(DamagedPacket{});
      return finish();
  }
}

void PacketReader::take_between(char c) {
  if (c == '$') {
    raw_.clear();
    sum_ = 0;
    is_oversized_ = false;
    state_ = State::kPayload;
  } else if (c == '+') {
    push(Acknowledged{});
  } else if (c == '-') {
    push(Refused{});
  } else if (c == kInterrupt) {
    push(InterruptRequest{});
  }
  // Anything else is noise on the line, which the protocol says to skip.
}

void PacketReader::take_payload(char c) {
  if (c == '#') {
    state_ = State::kFirstDigit;
    return;
  }
  if (c == '$') {  // never unescaped in a payload: the packet before it was cut off
    state_ = State::kBetween;
    return take_between(c);
  }
  sum_ = static_cast<uint8_t>(sum_ + static_cast<unsigned char>(c));
  if (raw_.size() >= 2 * kMaxPacketSize) is_oversized_ = true;
  if (!is_oversized_) raw_ += c;
}

void PacketReader::finish() {
  auto payload = expand(raw_);
  raw_.clear();
  if (!payload) return push(DamagedPacket{});
  if (payload->size() > kMaxPacketSize) return push(OversizedPacket{});
  push(Packet{std::move(*payload)});
}

void PacketReader::push(Input input) {
  if (const auto* packet = std::get_if<Packet>(&input)) waiting_bytes_ += packet->payload.size();
  waiting_bytes_ += sizeof(Input);
  inputs_.push_back(std::move(input));
}

std::optional<Input> PacketReader::next() {
  if (inputs_.empty()) return std::nullopt;
  Input input = std::move(inputs_.front());
  inputs_.pop_front();
  if (const auto* packet = std::get_if<Packet>(&input)) waiting_bytes_ -= packet->payload.size();
  waiting_bytes_ -= sizeof(Input);
  return input;
}

bool PacketReader::take_interrupt() {
  const auto found = std::find(inputs_.begin(), inputs_.end(), Input{InterruptRequest{}});
  if (found == inputs_.end()) return false;
  inputs_.erase(found);
  waiting_bytes_ -= sizeof(Input);
  return true;
}

std::string escape(std::string_view payload) {
  std::string text;
  text.reserve(payload.size());
  for (char c : payload) {
    if (c == '#' || c == '$' || c == kEscape || c == kRunLength) {
      text += kEscape;
      c = static_cast<char>(c ^ kEscapeBit);
    }
    text += c;
  }
  return text;
}

std::string encode_packet(std::string_view payload) {
  std::string packet = "$" + escape(payload);
  uint8_t sum = 0;
  for (char c : std::string_view(packet).substr(1)) {
    sum = static_cast<uint8_t>(sum + static_cast<unsigned char>(c));
  }
  const std::byte checksum{sum};
  return packet + "#" + to_hex(std::span(&checksum, 1));
}

}  // namespace rr::gdb
