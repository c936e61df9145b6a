// One Cap'n Proto message among others in a block: its packed form behind its length. Reading is
// under limits, and what Cap'n Proto objects to becomes an error about the recording.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <cstddef>
#include <kj/exception.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/buffer.h"
#include "trace/damage.h"

namespace rr::trace {

// No message is larger, unpacked. An exec with arguments and environment near the kernel's limit of
// 6 MB fits.
inline constexpr uint64_t kMaxMessageWords = (uint64_t{12} << 20) / sizeof(capnp::word);
inline constexpr int kMaxMessageDepth = 8;

inline capnp::ReaderOptions reader_options() {
  // Twice: a field may be looked at and then read.
  return {.traversalLimitInWords = 2 * kMaxMessageWords, .nestingLimit = kMaxMessageDepth};
}

// Appends the length (u32) and the packed message.
void append_message(capnp::MessageBuilder& message, Buffer& out);

// Takes the first message off the front of `block`; still packed.
std::span<const std::byte> take_message(std::span<const std::byte>& block, const Place& place);

// Undoes the packing into the front of `room`, which grows by what the message needs.
std::span<const capnp::word> unpack_message(std::span<const std::byte> packed,
                                            std::vector<capnp::word>& room, const Place& place);

// Hands the root of a packed message to `visit`; `room` as above, and kept by the caller for the
// next. Cap'n Proto reports by exception; here, and nowhere else, that becomes ours.
template <typename Root, typename Visit>
void read_message(std::span<const std::byte> packed, std::vector<capnp::word>& room,
                  const Place& place, Visit visit) {
  const auto words = unpack_message(packed, room, place);
  try {
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()),
                                          reader_options());
    visit(message.getRoot<Root>());
  } catch (const kj::Exception& exception) {
    fail_damaged(place,
                 std::string("a message is malformed: ") + exception.getDescription().cStr());
  }
}

// Bytes and text to and from Cap'n Proto's Data and Text.
inline capnp::Data::Reader data_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}
inline capnp::Data::Reader data_of(std::string_view text) {
  return data_of(std::as_bytes(std::span(text)));
}
inline std::span<const std::byte> bytes_in(capnp::Data::Reader data) {
  return std::as_bytes(std::span(data.begin(), data.size()));
}
inline std::string text_in(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

}  // namespace rr::trace
