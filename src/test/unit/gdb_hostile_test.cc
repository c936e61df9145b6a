// Clients that do not keep to the protocol, or do not stay: the server ends the session and the
// machine is as it was.
#include <array>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gdb/packet_link.h"
#include "gdb/socket_connection.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

class GdbHostile : public testing::Test {
 protected:
  gdb::SessionEnd serve(std::deque<std::string> chunks) {
    ScriptedConnection line(std::move(chunks));
    const gdb::SessionEnd end = gdb::serve(machine, line);
    written = line.written;
    return end;
  }

  FakeMachine machine{counting_program(100)};
  std::string written;
};

TEST_F(GdbHostile, GarbageGetsNoReply) {
  EXPECT_EQ(serve({"GET / HTTP/1.1\r\n\r\n", std::string(1000, '\xff')}),
            gdb::SessionEnd::kConnectionLost);
  EXPECT_EQ(written, "");
}

TEST_F(GdbHostile, AHalfPacketIsNotActedOn) {
  EXPECT_EQ(serve({"$vCont;c"}), gdb::SessionEnd::kConnectionLost);
  EXPECT_EQ(machine.steps_done(), 0U);
}

TEST_F(GdbHostile, ADamagedPacketIsRefusedAndTakenTheSecondTime) {
  (void)serve({"$s#00", "$s#73"});
  EXPECT_TRUE(written.starts_with("-+$T05")) << written;
  EXPECT_EQ(machine.steps_done(), 1U);
}

TEST_F(GdbHostile, WithoutAcknowledgementsDamageIsAnError) {
  (void)serve({gdb::encode_packet("QStartNoAckMode"), "$s#00"});
  EXPECT_EQ(packets_in(written).back(), "E.the packet's checksum is wrong");
  EXPECT_EQ(machine.steps_done(), 0U);
}

TEST_F(GdbHostile, AReplyIsSentAgainWhenRefused) {
  (void)serve({gdb::encode_packet("qAttached"), "-", "+"});
  EXPECT_EQ(written, "+$1#31$1#31");
}

TEST_F(GdbHostile, EndlessRefusalsEndTheSession) {
  EXPECT_EQ(serve({gdb::encode_packet("qAttached"), std::string(100'000, '-')}),
            gdb::SessionEnd::kConnectionLost);
  EXPECT_LT(packets_in(written).size(), 20U);
}

TEST_F(GdbHostile, AnOversizedPacketIsAnError) {
  (void)serve({gdb::encode_packet("m" + std::string(gdb::kMaxPacketSize, '0'))});
  EXPECT_EQ(packets_in(written).back(), "E.the packet is longer than PacketSize");
}

TEST_F(GdbHostile, AClientThatCannotBeWrittenToIsLost) {
  ScriptedConnection line({gdb::encode_packet("?"), gdb::encode_packet("c")});
  line.accepts_writes = false;
  EXPECT_EQ(gdb::serve(machine, line), gdb::SessionEnd::kConnectionLost);
  EXPECT_EQ(machine.steps_done(), 0U);
}

// Vanishes as soon as it is looked at while the machine runs.
class Vanishing final : public gdb::Connection {
 public:
  std::optional<std::string> read(std::chrono::milliseconds timeout) override {
    if (timeout == gdb::kForEver) return gdb::encode_packet("c");
    return std::nullopt;
  }
  bool write(std::string_view) override { return true; }
};

TEST_F(GdbHostile, AClientThatVanishesStopsTheMachine) {
  Vanishing line;
  EXPECT_EQ(gdb::serve(machine, line), gdb::SessionEnd::kConnectionLost);
  EXPECT_LT(machine.steps_done(), 100U);
}

TEST_F(GdbHostile, TheNextClientFindsNoBreakpoints) {
  EXPECT_EQ(serve({gdb::encode_packet("Z0,400008,4"), gdb::encode_packet("Z2,410000,8")}),
            gdb::SessionEnd::kConnectionLost);
  EXPECT_TRUE(machine.breakpoints().empty());
  EXPECT_EQ(reply(machine, {"c"}), "W07");
}

// Sends without end while the machine runs.
class Flooding final : public gdb::Connection {
 public:
  std::optional<std::string> read(std::chrono::milliseconds) override {
    ++reads;
    return gdb::encode_packet("m0," + std::string(60'000, '1'));
  }
  bool write(std::string_view) override { return true; }
  int reads = 0;
};

TEST_F(GdbHostile, AFloodWhileTheMachineRunsIsLeftWaiting) {
  Flooding line;
  gdb::PacketLink link(line);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(link.is_interrupted());
  EXPECT_LT(line.reads, 50);
}

TEST_F(GdbHostile, AClientThatNeverReadsCountsAsGone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const OwnedFd silent{ends[1]};
  gdb::SocketConnection line(OwnedFd{ends[0]}, std::chrono::milliseconds{0});
  EXPECT_FALSE(line.write(std::string(size_t{64} << 20, 'a')));
}

int option_of(const OwnedFd& socket, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(socket.get(), level, name, &value, &size), 0);
  return value;
}

TEST_F(GdbHostile, AClientLostWithItsNetworkIsGivenUpInTheEnd) {
  OwnedFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const OwnedFd same{::dup(socket.get())};
  const gdb::SocketConnection line(std::move(socket));
  EXPECT_EQ(option_of(same, SOL_SOCKET, SO_KEEPALIVE), 1);
  const int silence =
      option_of(same, IPPROTO_TCP, TCP_KEEPIDLE) +
      option_of(same, IPPROTO_TCP, TCP_KEEPINTVL) * option_of(same, IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_EQ(std::chrono::seconds(silence), gdb::kNetworkPatience);
  EXPECT_EQ(std::chrono::milliseconds(option_of(same, IPPROTO_TCP, TCP_USER_TIMEOUT)),
            gdb::kNetworkPatience);
}

TEST_F(GdbHostile, ASocketCarriesASession) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  gdb::SocketConnection server{OwnedFd{ends[0]}};
  gdb::SocketConnection client{OwnedFd{ends[1]}};
  ASSERT_TRUE(client.write(gdb::encode_packet("c") + gdb::encode_packet("D")));
  EXPECT_EQ(gdb::serve(machine, server), gdb::SessionEnd::kDetached);
  EXPECT_EQ(packets_in(*client.read(gdb::kForEver)), (std::vector<std::string>{"W07", "OK"}));
}

}  // namespace
}  // namespace rr::test
