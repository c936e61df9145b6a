#include "trace/message.h"

#include <algorithm>
#include <bit>
#include <capnp/serialize-packed.h>
#include <cstring>
#include <kj/io.h>

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

// The other way, in as few steps for each word; the library's takes a third of what a
// replay spends on reading frames.
class Unpacking final {
 public:
  Unpacking(std::span<const std::byte> packed, std::vector<capnp::word>& room, const Place& place)
      : left_(packed), room_(room), place_(place) {}

  size_t run() {
    while (!left_.empty()) {
      const auto tag = std::to_integer<unsigned>(take(1)[0]);
      if (tag == 0) {
        const size_t words = 1 + std::to_integer<size_t>(take(1)[0]);
        std::memset(add(words), 0, words * sizeof(capnp::word));
      } else if (tag == 0xff) {
        put(take(sizeof(capnp::word)));
        put(take(std::to_integer<size_t>(take(1)[0]) * sizeof(capnp::word)));
      } else {
        put_word(tag);
      }
    }
    return count_;
  }

 private:
  std::span<const std::byte> take(size_t size) {
    if (size > left_.size()) fail_damaged(place_, "a message is malformed: it is cut short");
    const auto taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

  void* add(size_t words) {
    if (words > kMaxMessageWords - count_) fail_damaged(place_, "a message is impossibly long");
    if (words > room_.size() - count_) grow(std::max(count_ + words, 2 * room_.size()));
    capnp::word* const added = room_.data() + count_;
    count_ += words;
    return added;
  }

  // A vector that grows by itself would copy its words one by one, which they do not allow.
  void grow(size_t words) {
    std::vector<capnp::word> larger(words);
    if (count_ > 0) std::memcpy(larger.data(), room_.data(), count_ * sizeof(capnp::word));
    room_.swap(larger);
  }

  void put(std::span<const std::byte> words) {
    if (words.empty()) return;
    std::memcpy(add(words.size() / sizeof(capnp::word)), words.data(), words.size());
  }

  void put_word(unsigned tag) {
    const std::byte* in = take(static_cast<size_t>(std::popcount(tag))).data();
    uint64_t word = 0;
    for (unsigned left = tag; left != 0; left &= left - 1)
      word |= std::to_integer<uint64_t>(*in++) << (8 * std::countr_zero(left));
    std::memcpy(add(1), &word, sizeof word);
  }

  std::span<const std::byte> left_;
  std::vector<capnp::word>& room_;
  const Place& place_;
  size_t count_ = 0;
};

}  // namespace

std::span<const capnp::word> unpack_message(std::span<const std::byte> packed,
                                            std::vector<capnp::word>& room, const Place& place) {
  const size_t count = Unpacking(packed, room, place).run();
  return std::span(room).first(count);
}

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
