#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "gdb/init_script.h"
#include "gdb/signal_numbers.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

using Replies = std::vector<std::string>;

class GdbQuery : public testing::Test {
 protected:
  FakeMachine machine{counting_program(3)};
};

TEST_F(GdbQuery, TheServerTellsWhatItCan) {
  const std::string features = reply(machine, {kHello}) + ";";
  for (const char* feature :
       {"PacketSize=100000;", "QStartNoAckMode+;", "multiprocess+;", "swbreak+;", "hwbreak+;",
        "vContSupported+;", "ConditionalBreakpoints+;", "QPassSignals+;", "fork-events+;",
        "vfork-events+;", "exec-events+;", "binary-upload+;", "qXfer:features:read+;",
        "qXfer:auxv:read+;", "qXfer:exec-file:read+;", "qXfer:siginfo:read+;"}) {
    EXPECT_NE(features.find(feature), std::string::npos) << feature;
  }
}

TEST_F(GdbQuery, WhatIsNotKnownGetsAnEmptyReply) {
  for (const char* packet : {"", "qTStatus", "QNonStop:1", "jModulesInfo", "vMustReplyEmpty",
                             "qOffsets", "_X1,2", "qXfer:osdata:read::0,10",
                             "qXfer:features:write:target.xml:0:a", "vFile:pwrite:1,0,a", "\xff"}) {
    EXPECT_EQ(reply(machine, {packet}), "") << packet;
  }
}

TEST_F(GdbQuery, SomeThingsAreAgreedTo) {
  for (const char* packet : {"!", "QProgramSignals:0;1"}) {
    EXPECT_EQ(reply(machine, {packet}), "OK") << packet;
  }
  EXPECT_EQ(reply(machine, {"qAttached:29"}), "1");
}

TEST_F(GdbQuery, TheDescriptionIsReadInParts) {
  std::string whole;
  for (size_t offset = 0;; offset += 0x100) {
    const std::string part =
        reply(machine, {"qXfer:features:read:target.xml:" + gdb::to_hex(offset) + ",100"});
    whole += part.substr(1);
    if (part[0] == 'l') break;
    ASSERT_EQ(part[0], 'm');
  }
  EXPECT_EQ("l" + whole, reply(machine, {"qXfer:features:read:target.xml:0,ffff"}));
  EXPECT_NE(whole.find("</target>"), std::string::npos);
}

TEST_F(GdbQuery, TablesHaveEnds) {
  EXPECT_EQ(reply(machine, {"qXfer:auxv:read::20,10"}), "l");
  EXPECT_EQ(reply(machine, {"qXfer:auxv:read::21,10"}).substr(0, 2), "E.");
  EXPECT_EQ(reply(machine, {"qXfer:auxv:read::0,ffffffffffffffff"}).size(), 33U);
  EXPECT_EQ(reply(machine, {"qXfer:features:read:other.xml:0,10"}), "E.there is no such annex");
  EXPECT_EQ(reply(machine, {"qXfer:auxv:read"}).substr(0, 2), "E.");
}

TEST_F(GdbQuery, TheExecutableHasAPath) {
  EXPECT_EQ(reply(machine, {"qXfer:exec-file:read:29:0,100"}), "l/bin/counter");
  EXPECT_EQ(reply(machine, {"qXfer:exec-file:read::0,100"}), "l/bin/counter");
  EXPECT_EQ(reply(machine, {"qXfer:exec-file:read:30:0,100"}), "E.no such process");
}

TEST_F(GdbQuery, AThreadLocalAddressIsRefusedWithAReason) {
  EXPECT_EQ(reply(machine, {"qGetTLSAddr:29,0,0"}).substr(0, 2), "E.");
}

TEST_F(GdbQuery, AcknowledgementsEndWhenTheClientWants) {
  ScriptedConnection line({gdb::encode_packet("QStartNoAckMode"), "+", gdb::encode_packet("?")});
  (void)gdb::serve(machine, line);
  EXPECT_EQ(line.written.substr(0, 8), "+$OK#9a$");
}

TEST_F(GdbQuery, LldbGetsErrorsInItsForm) {
  EXPECT_EQ(reply(machine, {"QEnableErrorStrings", "p99"}),
            "E01;" + gdb::to_hex_text("no such register"));
}

std::string answer_to(machine::Machine& machine, const std::string& line) {
  return *gdb::parse_hex_text(reply(machine, {monitor(line)}));
}

TEST_F(GdbQuery, MonitorTellsThePlaceInTheRecording) {
  EXPECT_EQ(answer_to(machine, "when"), "Completed event: 0\n");
  EXPECT_EQ(answer_to(machine, " when-tid "), "Current tid: 41\n");
  (void)reply(machine, {"s"});
  EXPECT_EQ(answer_to(machine, "when-ticks"), "Current tick: 1\n");
  EXPECT_EQ(answer_to(machine, "elapsed-time"), "Elapsed Time (s): 0.000001\n");
  (void)reply(machine, {"c"});
  EXPECT_EQ(answer_to(machine, "when"), "Completed event: 1\n");
}

TEST_F(GdbQuery, MonitorHelpsItself) {
  EXPECT_NE(answer_to(machine, "help").find("when-ticks"), std::string::npos);
  EXPECT_EQ(answer_to(machine, "dance"),
            "There is no command 'dance'. `monitor help` lists them.\n");
  EXPECT_EQ(reply(machine, {"qRcmd,zz"}), "E01");
}

TEST(GdbInitScript, DefinesTheCommandsOfAReplay) {
  const std::string script = gdb::gdb_init_script();
  for (const char* line : {"set prompt (rr) \n", "define when\n", "define when-ticks\n",
                           "define when-tid\n", "define elapsed-time\n", "set sysroot /\n"}) {
    EXPECT_NE(script.find(line), std::string::npos) << line;
  }
}

TEST(GdbSignalNumbers, AreGdbsOwn) {
  EXPECT_EQ(gdb::gdb_signal(5), 5);
  EXPECT_EQ(gdb::gdb_signal(7), 10);
  EXPECT_EQ(gdb::gdb_signal(17), 20);
  EXPECT_EQ(gdb::gdb_signal(23), 16);
  EXPECT_EQ(gdb::gdb_signal(32), 77);
  EXPECT_EQ(gdb::gdb_signal(33), 45);
  EXPECT_EQ(gdb::gdb_signal(63), 75);
  EXPECT_EQ(gdb::gdb_signal(64), 78);
  EXPECT_EQ(gdb::gdb_signal(65), gdb::kGdbSignalUnknown);
  EXPECT_EQ(gdb::gdb_signal(-1), gdb::kGdbSignalUnknown);
}

}  // namespace
}  // namespace rr::test
