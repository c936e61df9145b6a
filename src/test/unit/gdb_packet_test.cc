#include <gtest/gtest.h>
#include <vector>

#include "gdb/packet.h"

namespace rr::gdb {
namespace {

std::vector<Input> inputs(std::initializer_list<std::string_view> chunks) {
  PacketReader reader;
  for (std::string_view chunk : chunks) reader.feed(chunk);
  std::vector<Input> all;
  while (auto input = reader.next()) all.push_back(*input);
  return all;
}

using Inputs = std::vector<Input>;

TEST(GdbPacket, IsFramedWithItsChecksum) {
  EXPECT_EQ(encode_packet("OK"), "$OK#9a");
  EXPECT_EQ(encode_packet(""), "$#00");
}

TEST(GdbPacket, EscapesWhatWouldEndItOrRepeat) {
  EXPECT_EQ(escape("a#b$c}d*e"),
            "a}\x03"
            "b}\x04"
            "c}]d}\x0a"
            "e");
}

TEST(GdbPacket, EveryByteComesBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(inputs({encode_packet(all)}), Inputs{Packet{all}});
}

TEST(GdbPacket, ComesInPiecesOfAnySize) {
  const std::string bytes = encode_packet("m400000,4");
  PacketReader reader;
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(reader.next());
    reader.feed(std::string_view(bytes).substr(i, 1));
  }
  EXPECT_EQ(reader.next(), Input{Packet{"m400000,4"}});
}

TEST(GdbPacket, SeveralComeInOnePiece) {
  EXPECT_EQ(inputs({"+$g#67$c#63\x03-"}),
            (Inputs{Acknowledged{}, Packet{"g"}, Packet{"c"}, InterruptRequest{}, Refused{}}));
}

TEST(GdbPacket, WrongChecksumIsDamage) {
  EXPECT_EQ(inputs({"$g#68", "$g#zz", "$g#67"}),
            (Inputs{DamagedPacket{}, DamagedPacket{}, Packet{"g"}}));
}

TEST(GdbPacket, NoiseBetweenPacketsIsSkipped) {
  EXPECT_EQ(inputs({"hello\n\xff", "$g#67"}), Inputs{Packet{"g"}});
}

TEST(GdbPacket, ADollarStartsAnew) { EXPECT_EQ(inputs({"$half$g#67"}), Inputs{Packet{"g"}}); }

TEST(GdbPacket, RunLengthsAreExpanded) {
  // ' ' is 32: three more of the character before.
  EXPECT_EQ(inputs({"$0* #7a"}), Inputs{Packet{"0000"}});
}

TEST(GdbPacket, ARunLengthOfNothingIsDamage) {
  EXPECT_EQ(inputs({"$* #4a"}), Inputs{DamagedPacket{}});
  EXPECT_EQ(inputs({"$0*#5a"}), Inputs{DamagedPacket{}});
  EXPECT_EQ(inputs({"$0*\x01#5b"}), Inputs{DamagedPacket{}});
}

TEST(GdbPacket, AnInterruptInsideAPacketIsData) {
  EXPECT_EQ(inputs({"$a\x03#64"}), Inputs{Packet{"a\x03"}});
}

TEST(GdbPacket, TheLongestIsTakenAndOneByteMoreIsNot) {
  const std::string longest(kMaxPacketSize, 'a');
  EXPECT_EQ(inputs({encode_packet(longest)}), Inputs{Packet{longest}});
  EXPECT_EQ(inputs({encode_packet(longest + "a")}), Inputs{OversizedPacket{}});
}

TEST(GdbPacket, WhatNeverEndsIsNotKept) {
  PacketReader reader;
  reader.feed("$");
  const std::string megabyte(size_t{1} << 20, 'a');
  for (int i = 0; i < 8; ++i) reader.feed(megabyte);
  reader.feed("#00$g#67");
  EXPECT_EQ(reader.next(), Input{OversizedPacket{}});
  EXPECT_EQ(reader.next(), Input{Packet{"g"}});
}

TEST(GdbPacket, RunLengthsDoNotGrowBeyondTheLimit) {
  std::string raw = "0";
  for (int i = 0; i < 12'000; ++i) raw += "*~";
  uint8_t sum = 0;
  for (char c : raw) sum = static_cast<uint8_t>(sum + static_cast<unsigned char>(c));
  char end[8];
  std::snprintf(end, sizeof end, "#%02x", sum);
  EXPECT_EQ(inputs({"$" + raw + end}), Inputs{DamagedPacket{}});
}

TEST(GdbPacket, AnInterruptIsFoundBehindPackets) {
  PacketReader reader;
  reader.feed("$g#67\x03$c#63");
  EXPECT_TRUE(reader.take_interrupt());
  EXPECT_FALSE(reader.take_interrupt());
  EXPECT_EQ(reader.next(), Input{Packet{"g"}});
  EXPECT_EQ(reader.next(), Input{Packet{"c"}});
  EXPECT_EQ(reader.waiting_bytes(), 0U);
}

}  // namespace
}  // namespace rr::gdb
