#include "trace/message.h"

#include <bit>

#include "trace/block_format.h"
#include "util/error.h"

namespace rr::trace {

namespace {

constexpr size_t kLengthSize = 4;
// Packing turns a word into ten bytes at worst.
constexpr size_t kPackedWord = 10;
// The segment table, and what the packer likes to have free at the end.
constexpr size_t kSlack = 256;

// A bit for each byte of `word` that is not zero.
unsigned tag_of(uint64_t word) {
  constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
  const uint64_t high_bits = (((word & kLow) + kLow) | word) & ~kLow;
  return static_cast<unsigned>(((high_bits >> 7) * 0x0102040810204080) >> 56);
}

// Cap'n Proto's packing, by less work than the library's on words that are mostly small: never more
// than one word behind a full tag.
std::byte* pack_word(uint64_t word, std::byte* out) {
  const unsigned tag = tag_of(word);
  *out++ = static_cast<std::byte>(tag);
  if (tag == 0xff) {
    store_u64(out, word);
    out[8] = std::byte{0};
    return out + 9;
  }
  for (unsigned left = tag; left != 0; left &= left - 1)
    *out++ = static_cast<std::byte>(word >> (8 * std::countr_zero(left)));
  return out;
}

std::byte* pack_words(std::span<const uint64_t> words, std::byte* out) {
  for (size_t i = 0; i < words.size(); ++i) {
    out = pack_word(words[i], out);
    if (words[i] != 0) continue;
    // A zero word is followed by the number of those that come after it.
    size_t more = 0;
    while (more < 255 && i + 1 < words.size() && words[i + 1] == 0) ++more, ++i;
    *out++ = static_cast<std::byte>(more);
  }
  return out;
}

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
  if (segments.size() == 1) {
    std::byte* const begin = out.room(kLengthSize + most).data();
    // The segment table: one less than the number of segments, and the size of each. A segment
    // holds the root pointer at least, so this is no zero word.
    std::byte* end = pack_word(uint64_t{segments[0].size()} << 32, begin + kLengthSize);
    end = pack_words({reinterpret_cast<const uint64_t*>(segments[0].begin()), segments[0].size()},
                     end);
    const auto length = static_cast<size_t>(end - begin);
    store_u32(begin, static_cast<uint32_t>(length - kLengthSize));
    return out.add(length);
  }
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
