#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

class GdbState : public testing::Test {
 protected:
  FakeMachine machine{counting_program(3)};
};

TEST_F(GdbState, AllRegistersComeInTheOrderOfTheDescription) {
  const std::string all = reply(machine, {"g"});
  // 33 of 8 bytes, cpsr of 4, 32 vectors of 16, fpsr and fpcr of 4
  ASSERT_EQ(all.size(), 2 * (33 * 8 + 4 + 32 * 16 + 8U));
  EXPECT_EQ(all.substr(16, 16), "0000410000000000");                                    // x1
  EXPECT_EQ(all.substr(31 * 16, 16), "00f07f0000000000");                               // sp
  EXPECT_EQ(all.substr(32 * 16, 16), "0000400000000000");                               // pc
  EXPECT_EQ(all.substr(33 * 16, 8), "00000000");                                        // cpsr
  EXPECT_EQ(all.substr(33 * 16 + 8 + 3 * 32, 32), "03000000000000000301000000000000");  // v3
  EXPECT_EQ(all.substr(all.size() - 16), "1100000022000000");  // fpsr, fpcr
}

TEST_F(GdbState, OneRegisterIsReadByItsNumber) {
  EXPECT_EQ(reply(machine, {"p20"}), "0000400000000000");
  EXPECT_EQ(reply(machine, {"p25"}), "03000000000000000301000000000000");
  EXPECT_EQ(reply(machine, {"p43"}), "22000000");
  EXPECT_EQ(reply(machine, {"p44"}), "E.no such register");
  EXPECT_EQ(reply(machine, {"p"}), "E.no such register");
}

TEST_F(GdbState, MemoryIsReadUpToTheFirstInaccessibleByte) {
  EXPECT_EQ(reply(machine, {"m400000,8"}), "000080d200040091");
  EXPECT_EQ(reply(machine, {"m400018,8"}), "010000d4");
  EXPECT_EQ(reply(machine, {"m40001c,8"}), "E01");
  EXPECT_EQ(reply(machine, {kHello, "m40001c,8"}), "E.no memory at 0x40001c");
}

TEST_F(GdbState, MemoryIsReadInBinary) {
  using namespace std::string_literals;
  EXPECT_EQ(reply(machine, {"x400000,4"}), "b\x00\x00\x80\xd2"s);
  // lldb reads nothing first, and takes the data bare.
  EXPECT_EQ(replies(machine, {"x0,0", "x400000,4"}),
            (std::vector<std::string>{"OK", "\x00\x00\x80\xd2"s}));
}

TEST_F(GdbState, BytesThatLookLikeFramesSurviveTheBinaryRead) {
  FakeScript script = counting_program(1);
  const std::string bytes = "#$}*#$}*";
  Bytes& cell = script.processes[kCounter.pid].memory[kCounterCell];
  for (size_t i = 0; i < bytes.size(); ++i) cell[i] = static_cast<std::byte>(bytes[i]);
  FakeMachine other(script);
  EXPECT_EQ(reply(other, {"x410000,8"}), "b" + bytes);
}

TEST_F(GdbState, MalformedReadsAreErrors) {
  for (const char* packet : {"m", "m400000", "mzz,4", "m400000,", "m400000,4,4", "x,", "m,4",
                             "m11112222333344445,1", "m-1,4"}) {
    EXPECT_EQ(reply(machine, {packet}).substr(0, 1), "E") << packet;
  }
}

TEST_F(GdbState, AHugeReadIsCutToThePacketSize) {
  EXPECT_EQ(reply(machine, {"m400000,ffffffffffffffff"}).size(), 2 * 0x1cU);
  EXPECT_EQ(reply(machine, {"mffffffffffffffff,ffffffffffffffff"}), "E01");
}

TEST_F(GdbState, MemoryIsSearched) {
  using namespace std::string_literals;
  EXPECT_EQ(reply(machine, {"qSearch:memory:400000;1c;\x00\x04\x00\x91"s}), "1,400004");
  EXPECT_EQ(reply(machine, {"qSearch:memory:400005;17;\x00\x04\x00\x91"s}), "0");
  EXPECT_EQ(reply(machine, {"qSearch:memory:400000;ffffffffffffffff;nothing"s}), "0");
  EXPECT_EQ(reply(machine, {"qSearch:memory:400000;10;"s}).substr(0, 2), "E.");
  EXPECT_EQ(reply(machine, {"qSearch:elsewhere:1;1;a"s}), "");
}

TEST_F(GdbState, MemoryIsChecksummed) {
  FakeScript script = counting_program(1);
  Bytes& big = script.processes[kCounter.pid].memory[Address{0x1000000}];
  const std::string_view digits = "123456789";
  for (const char c : digits) big.push_back(std::byte(c));
  FakeMachine other(script);
  EXPECT_EQ(reply(other, {"qCRC:1000000,9"}), "C376e6e7");  // CRC-32/MPEG-2's check value
  EXPECT_EQ(reply(other, {"qCRC:1000000,0"}), "Cffffffff");
  EXPECT_EQ(reply(other, {"qCRC:1000000,a"}).substr(0, 2), "E.");
  EXPECT_EQ(reply(other, {"qCRC:2000000,1"}).substr(0, 2), "E.");
  EXPECT_EQ(reply(other, {"qCRC:1000000"}).substr(0, 2), "E.");
}

uint32_t crc_bit_by_bit(const Bytes& bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<uint32_t>(b) << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ (crc >> 31 != 0 ? 0x04c11db7 : 0);
  }
  return crc;
}

// Pages of zeros are passed over as a whole.
TEST_F(GdbState, ZerosCountInAChecksum) {
  for (const size_t size : {4096u, 12289u, 200000u}) {
    FakeScript script = counting_program(1);
    Bytes& big = script.processes[kCounter.pid].memory[Address{0x1000000}];
    big.resize(size);
    FakeMachine zeros(script);
    const std::string packet = "qCRC:1000000," + gdb::to_hex(size);
    EXPECT_EQ(reply(zeros, {packet}), "C" + gdb::to_hex(crc_bit_by_bit(big)));
    big[4095] = std::byte{7};
    big[size - 1] = std::byte{1};
    FakeMachine others(script);
    EXPECT_EQ(reply(others, {packet}), "C" + gdb::to_hex(crc_bit_by_bit(big)));
  }
}

TEST_F(GdbState, ASearchFindsWhatLiesAcrossTwoChunks) {
  FakeScript script = counting_program(1);
  Bytes& big = script.processes[kCounter.pid].memory[Address{0x1000000}];
  big.resize(0x30000);
  for (size_t i = 0; i < 4; ++i) big[0xfffe + i] = std::byte{0x55};
  FakeMachine other(script);
  EXPECT_EQ(reply(other, {"qSearch:memory:1000000;30000;UUUU"}), "1,100fffe");
}

}  // namespace
}  // namespace rr::test
