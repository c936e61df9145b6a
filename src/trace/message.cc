#include "trace/message.h"

#include "trace/block_format.h"
#include "util/error.h"

namespace rr::trace {

namespace {

constexpr size_t kLengthSize = 4;
// Packing turns a word into ten bytes at worst.
constexpr size_t kPackedWord = 10;
// The segment table, and what the packer likes to have free at the end.
constexpr size_t kSlack = 256;

}  // namespace

void append_message(capnp::MessageBuilder& message, Buffer& out) {
  const auto segments = message.getSegmentsForOutput();
  size_t words = segments.size();
  for (const auto& segment : segments) words += segment.size();
  // Below the limit, so that the reader accepts it, its segment table included.
  if (words >= kMaxMessageWords)
    fail("cannot record an event of " + std::to_string(words * sizeof(capnp::word)) +
             " bytes: the limit is " + std::to_string(kMaxMessageWords * sizeof(capnp::word)),
         ExitCode::kIoError);

  const size_t most = words * kPackedWord + kSlack;
  const auto room = out.room(kLengthSize + most);
  kj::ArrayOutputStream stream(
      kj::arrayPtr(reinterpret_cast<kj::byte*>(room.data()) + kLengthSize, most));
  capnp::writePackedMessage(stream, segments);
  const size_t length = stream.getArray().size();
  store_u32(room.data(), static_cast<uint32_t>(length));
  out.add(kLengthSize + length);
}

std::span<const std::byte> take_message(std::span<const std::byte>& block, const Place& place) {
  if (block.size() < kLengthSize) fail_damaged(place, "the block ends within a message");
  const uint32_t length = load_u32(block.data());
  if (length > block.size() - kLengthSize) fail_damaged(place, "the block ends within a message");
  const auto message = block.subspan(kLengthSize, length);
  block = block.subspan(kLengthSize + length);
  return message;
}

}  // namespace rr::trace
