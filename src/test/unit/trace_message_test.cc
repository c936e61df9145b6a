#include <capnp/serialize-packed.h>
#include <cstring>
#include <gtest/gtest.h>
#include <kj/io.h>
#include <random>

#include "trace/message.h"
#include "util/error.h"

namespace rr::trace {
namespace {

using Words = std::vector<uint64_t>;

Words unpacked(std::span<const std::byte> packed) {
  std::vector<capnp::word> room;
  const auto words = unpack_message(packed, room, {"frames"});
  Words copy(words.size());
  if (!copy.empty()) std::memcpy(copy.data(), words.data(), words.size_bytes());
  return copy;
}

// By the library, as recordings of earlier versions and long messages have it.
std::vector<std::byte> packed_by_library(const Words& words) {
  kj::VectorOutputStream out;
  capnp::_::PackedOutputStream(out).write(words.data(), words.size() * sizeof(uint64_t));
  const auto bytes = std::as_bytes(std::span(out.getArray().begin(), out.getArray().size()));
  return {bytes.begin(), bytes.end()};
}

uint64_t some_word(std::mt19937& random) {
  switch (random() % 4) {
    case 0:
      return 0;
    case 1:
      return 0x0101010101010101 * (1 + random() % 255);  // a full tag, and runs of raw words
    case 2:
      return random() % 256;
    default:
      return (uint64_t{random()} << 32 | random()) & (random() % 2 ? 0xff00ff0000ffff00 : ~0ull);
  }
}

TEST(TraceMessage, WhatTheLibraryPacksIsUnpacked) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    Words words(random() % 600);
    const bool has_runs = random() % 2;
    for (size_t i = 0; i < words.size(); ++i) {
      words[i] = has_runs && i > 0 && random() % 50 ? words[i - 1] : some_word(random);
    }
    ASSERT_EQ(unpacked(packed_by_library(words)), words) << round;
  }
}

TEST(TraceMessage, IsReadBackFromAmongOthers) {
  Buffer block;
  for (unsigned i = 0; i < 20; ++i) {
    capnp::MallocMessageBuilder message;
    auto list = message.initRoot<capnp::List<uint64_t>>(i * 7);
    for (unsigned k = 0; k < list.size(); ++k) list.set(k, k % 3 == 0 ? 0 : ~uint64_t{0} / k);
    append_message(message, block);
  }
  std::span<const std::byte> rest = block.bytes();
  std::vector<capnp::word> room;
  for (unsigned i = 0; i < 20; ++i) {
    const Place place = {"frames"};
    read_message<capnp::List<uint64_t>>(take_message(rest, place), room, place, [&](auto list) {
      ASSERT_EQ(list.size(), i * 7);
      for (unsigned k = 0; k < list.size(); ++k)
        ASSERT_EQ(list[k], k % 3 == 0 ? 0 : ~uint64_t{0} / k);
    });
  }
  EXPECT_TRUE(rest.empty());
}

TEST(TraceMessage, CutShortIsAnError) {
  const auto packed = packed_by_library({0x1122, 0, 0, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}});
  size_t refused = 0;
  for (size_t size = 0; size < packed.size(); ++size) {
    try {
      EXPECT_LT(unpacked(std::span(packed).first(size)).size(), 6u) << size;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, packed.size() / 2);
}

TEST(TraceMessage, ThatUnpacksToMoreThanAnyMayBeIsAnError) {
  std::vector<std::byte> zeros;
  for (uint64_t words = 0; words <= kMaxMessageWords; words += 256) {
    zeros.push_back(std::byte{0});
    zeros.push_back(std::byte{255});
  }
  EXPECT_THROW(unpacked(zeros), Error);
}

}  // namespace
}  // namespace rr::trace
