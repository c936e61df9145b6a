#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

using Replies = std::vector<std::string>;

// What the packets that go to the client's console say.
std::string console(const Replies& all) {
  std::string text;
  for (const std::string& packet : all) {
    if (packet.starts_with("O") && packet != "OK") {
      text += gdb::parse_hex_text(packet.substr(1)).value_or("");
    }
  }
  return text;
}

// In the counting program's process; two instructions have run, so that x0 is 1.
class GdbDiversion : public testing::Test {
 protected:
  Replies say(std::vector<std::string> packets) {
    packets.insert(packets.begin(), {"s", "s"});
    Replies all = replies(machine, packets);
    all.erase(all.begin(), all.begin() + 2);
    return all;
  }

  FakeMachine machine{counting_program(3)};
};

TEST_F(GdbDiversion, AWrittenRegisterIsReadBack) {
  EXPECT_EQ(say({"P0=0700000000000000", "p0"}), (Replies{"OK", "0700000000000000"}));
  EXPECT_EQ(Arch::pc(machine.registers(kCounter)), kCounterStart + 8);
  EXPECT_EQ(machine.registers(kCounter).x[0], 1U);
}

TEST_F(GdbDiversion, WrittenMemoryIsReadBack) {
  EXPECT_EQ(say({"M410000,2:abcd", "X410002,1:z", "m410000,4"}), (Replies{"OK", "OK", "abcd7a00"}));
  std::array<std::byte, 2> there{};
  machine.read_memory(kCounter.pid, kCounterCell, there);
  EXPECT_EQ(there[0], std::byte{0});
}

TEST_F(GdbDiversion, AllRegistersAreWrittenAtOnce) {
  std::string all = say({"g"}).front();
  all.replace(0, 2, "09");
  EXPECT_EQ(say({"G" + all, "p0", "p25"}),
            (Replies{"OK", "0900000000000000", "03000000000000000301000000000000"}));
}

TEST_F(GdbDiversion, LldbNamesTheThread) {
  EXPECT_EQ(say({"QThreadSuffixSupported", "P0=0700000000000000;thread:29;", "p0;thread:29;"}),
            (Replies{"OK", "OK", "0700000000000000"}));
}

TEST_F(GdbDiversion, WritingWhatIsThereBeginsNone) {
  const Replies all =
      say({"P0=0100000000000000", "M410000,1:00", "X410000,0:", monitor("end-diversion")});
  EXPECT_EQ(gdb::parse_hex_text(all.back()), "There is no diversion.\n");
}

TEST_F(GdbDiversion, MalformedAndImpossibleWritesAreErrors) {
  for (const char* packet :
       {"P", "P0", "P0=", "P0=07", "Pff=00", "P0=zz00000000000000", "Gzz", "M410000,2:ab",
        "M410000", "X410000,2:z", "M1,1:00", "P0=0000000000000000;thread:99;"}) {
    EXPECT_EQ(say({packet}).front().substr(0, 2), "E.") << packet;
  }
}

TEST_F(GdbDiversion, WithoutACopyWritesAreRefused) {
  machine.can_fork = false;
  EXPECT_TRUE(say({"P0=0700000000000000"}).front().starts_with("E.nothing can be changed here"));
  EXPECT_TRUE(say({"M410000,1:ff"}).front().starts_with("E.nothing can be changed here"));
}

TEST_F(GdbDiversion, ChangedMemoryIsForgottenWhenTheReplayGoesOn) {
  const Replies all = say({"M410000,1:ff", "vCont;s:29", "m410000,1"});
  EXPECT_NE(console(all).find("thrown away"), std::string::npos);
  EXPECT_TRUE(all[2].starts_with("T05")) << all[2];
  EXPECT_EQ(all[3], "01");  // what the program has stored
}

// As gdb calls a function: pc and the return address are set, the breakpoint at the latter is met,
// and all is put back.
TEST_F(GdbDiversion, ACallRunsInTheCopyAndLeavesTheReplayWhereItIs) {
  const Replies all = say({"P1e=1000400000000000", "P20=0400400000000000", "Z0,400010,4", "vCont;c",
                           "z0,400010,4", "P1e=0000000000000000", "P20=0800400000000000",
                           monitor("when-ticks"), "vCont;s:29", "m410000,1"});
  EXPECT_TRUE(all[3].starts_with("T05")) << all[3];
  EXPECT_NE(all[3].find("20:1000400000000000;"), std::string::npos) << all[3];
  EXPECT_EQ(gdb::parse_hex_text(all[7]), "Current tick: 2\n");
  EXPECT_NE(all[8].find("20:0c00400000000000;"), std::string::npos) << all[8];
  EXPECT_EQ(all[9], "01");
  EXPECT_EQ(console(all), "");
}

TEST_F(GdbDiversion, ARunThatIsNoCallIsToldOf) {
  const Replies all = say({"P20=0c00400000000000", "vCont;s:29", "vCont;s:29"});
  EXPECT_NE(console(all).find("`end-diversion` comes back to event 0"), std::string::npos);
  EXPECT_EQ(all.size(), 4U) << "once";
  EXPECT_NE(all[3].find("20:1400400000000000;"), std::string::npos) << all[3];
}

TEST_F(GdbDiversion, BreakpointsSetAndTakenAwayInItAreThoseOfTheReplayBehind) {
  (void)say({"Z0,400004,4", "M410000,1:ff", "z0,400004,4", "Z0,400014,4", "vCont;c", "?",
             monitor("when")});
  EXPECT_EQ(machine.registers(kCounter).pc, 0x400014U);
}

TEST_F(GdbDiversion, AFaultIsASignalThatIsMetAgain) {
  const Replies all = say({"P20=0000000000000000", "vCont;c", "qXfer:siginfo:read::0,80",
                           "vCont;C0b", "P20=0800400000000000", "vCont;s:29"});
  EXPECT_EQ(all[2].substr(0, 3), "T0b");
  EXPECT_EQ(all[3].size(), 129U);
  EXPECT_EQ(all[4].substr(0, 3), "T0b");
  EXPECT_NE(all.back().find("20:0c00400000000000;"), std::string::npos) << all.back();
}

TEST_F(GdbDiversion, WhatCannotGoOnStopsWithoutASignal) {
  const Replies all = say({"P20=1400400000000000", "vCont;c"});
  EXPECT_NE(console(all).find("it would end\n"), std::string::npos);
  EXPECT_EQ(all.back().substr(0, 3), "T00");
}

TEST_F(GdbDiversion, CtrlCStopsIt) {
  ScriptedConnection line({gdb::encode_packet("P20=0400400000000000"),
                           gdb::encode_packet("vCont;c") + "\x03", gdb::encode_packet("p20")});
  (void)gdb::serve(machine, line);
  const Replies all = packets_in(line.written);
  EXPECT_EQ(all.at(2).substr(0, 3), "T02");
  EXPECT_EQ(machine.steps_done(), 0U);
}

TEST_F(GdbDiversion, ItEndsByHandByGoingBackAndByRunning) {
  for (const std::string& way : {monitor("end-diversion"), std::string("bs"), std::string("vRun;"),
                                 "vRun;;" + gdb::to_hex_text("@here"), monitor("restart")}) {
    FakeMachine other(counting_program(3));
    const Replies all =
        replies(other, {"s", "s", "M410000,1:ff", "P0=0700000000000000", way, "m410000,1", "p0"});
    EXPECT_EQ(all[all.size() - 2], "00") << way;
    EXPECT_NE(all.back(), "0700000000000000") << way;
  }
}

TEST_F(GdbDiversion, DetachingEndsIt) {
  EXPECT_EQ(say({"Z0,400014,4", "P0=0700000000000000", "D"}).back(), "OK");
  EXPECT_TRUE(machine.breakpoints().empty());
}

TEST_F(GdbDiversion, ACheckpointOfItIsRefused) {
  EXPECT_EQ(gdb::parse_hex_text(say({"M410000,1:ff", monitor("checkpoint")}).back())->substr(0, 13),
            "No checkpoint");
  EXPECT_EQ(gdb::parse_hex_text(say({monitor("checkpoint")}).back())->substr(0, 10), "Checkpoint");
}

TEST_F(GdbDiversion, TheSignalOfBeforeIsPutBackWithoutAnError) {
  const Replies all = say({"P0=0700000000000000", "qXfer:siginfo:write::0:abcd",
                           "qXfer:siginfo:read::0,80", "qXfer:auxv:write::0:abcd"});
  EXPECT_EQ(all, (Replies{"OK", "4", "labcd", ""}));
}

TEST_F(GdbDiversion, TheClientsOwnMemoryIsThereAgainInTheNextOne) {
  const Replies all = say({"_M1000,rw", "M900000,2:abcd", "vCont;s:29", "M900004,1:ef", "m900000,5",
                           "_m900000", "vCont;s:29", "M900004,1:ef", "_M0,r"});
  EXPECT_EQ(all[0], "900000");
  EXPECT_EQ(all[3], "OK");
  EXPECT_EQ(all[4], "abcd0000ef");
  EXPECT_EQ(all[7], "E.no memory at 0x900004");
  EXPECT_EQ(all[8].substr(0, 2), "E.");
  EXPECT_EQ(console(all), "");
}

TEST_F(GdbDiversion, AfterAFailureTheStateCanStillBeTriedOut) {
  FakeScript script = counting_program(3);
  script.steps[2].fails = "it diverged";
  FakeMachine failing(script);
  const Replies all =
      replies(failing, {"c", "P0=0700000000000000", "p0", "P0=0100000000000000", "vCont;c"});
  EXPECT_EQ(all[3], "0700000000000000");
  EXPECT_NE(console({all.back(), all[all.size() - 2]}).find("it diverged"), std::string::npos);
}

}  // namespace
}  // namespace rr::test
