#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"
#include "util/error.h"

namespace rr::test {
namespace {

using Replies = std::vector<std::string>;

class GdbResume : public testing::Test {
 protected:
  FakeMachine machine{counting_program(100)};
};

TEST_F(GdbResume, TheFirstStopIsAtTheFirstInstruction) {
  EXPECT_EQ(reply(machine, {"?"}),
            "T05thread:29;1d:0000000000000000;1f:00f07f0000000000;20:0000400000000000;");
  EXPECT_EQ(reply(machine, {kHello, "?"}).substr(0, 20), "T05thread:p29.29;1d:");
}

TEST_F(GdbResume, ContinueRunsToTheEnd) {
  EXPECT_EQ(reply(machine, {kHello, "vCont;c"}), "W07;process:29");
}

TEST_F(GdbResume, AClientWithoutMultiprocessHearsTheBareStatus) {
  EXPECT_EQ(replies(machine, {"c", "?"}), (Replies{"W07", "W07"}));
}

TEST_F(GdbResume, DeathBySignalIsReportedInGdbsNumbers) {
  FakeScript script = counting_program(1);
  script.steps.back().event = machine::ProcessExited{.wait_status = 10};  // SIGUSR1
  FakeMachine killed(script);
  EXPECT_EQ(reply(killed, {"c"}), "X1e");
}

TEST_F(GdbResume, NothingRunsBehindTheEnd) {
  const Replies all = replies(machine, {"c", "c", "vCont;c", "g", "m400000,4"});
  EXPECT_EQ(all[1], "E.the program has ended; `run` starts it again");
  EXPECT_EQ(all[2], all[1]);
  EXPECT_EQ(all[3], "E.the selected thread has ended");
}

TEST_F(GdbResume, ARecordingThatStopsShortLeavesTheProgramToBeLookedAt) {
  FakeScript script = counting_program(3);
  script.steps.resize(6);
  FakeMachine short_one(script);
  const Replies all = replies(short_one, {"c", "p0", "c", "m400000,4"});
  EXPECT_TRUE(all[0].starts_with("T05replaylog:end;thread:29;")) << all[0];
  EXPECT_EQ(all[1], "0200000000000000");
  EXPECT_EQ(all[2], all[0]);
  EXPECT_EQ(all[3], "000080d2");
}

TEST_F(GdbResume, StepGoesOneInstruction) {
  EXPECT_EQ(pc_of(replies(machine, {"s", "vCont;s:29", "vCont;s;c"}).back()), "0c0040");
  EXPECT_EQ(machine.steps_done(), 3U);
}

TEST_F(GdbResume, SignalsGivenToResumeAreLeftToTheRecording) {
  const Replies all = replies(machine, {"vCont;S0b:29;c", "S0b", "C0b"});
  ASSERT_EQ(all.size(), 6U);
  for (size_t told : {0U, 2U, 4U}) {
    EXPECT_TRUE(all[told].starts_with("O" + gdb::to_hex_text("The signal is not sent"))) << told;
  }
  EXPECT_EQ(pc_of(all[1]), "040040");
  EXPECT_EQ(pc_of(all[3]), "080040");
  EXPECT_EQ(all[5], "W07");
}

TEST_F(GdbResume, AThreadThatIsNotThereIsNotLetRun) {
  for (const char* packet : {"vCont;s:p1.1", "vCont;s:p29.2a", "vCont;c:p1.1", "vCont;r4,8:2a"}) {
    EXPECT_EQ(reply(machine, {packet}), "E.no such thread") << packet;
  }
  EXPECT_EQ(machine.steps_done(), 0U);
}

TEST_F(GdbResume, GoingOnElsewhereIsRefused) {
  EXPECT_TRUE(reply(machine, {"c400000"}).starts_with("E.the program cannot go on elsewhere"));
  EXPECT_TRUE(reply(machine, {"s400000"}).starts_with("E.the program cannot go on elsewhere"));
  EXPECT_TRUE(reply(machine, {"C05;400000"}).starts_with("E.the program cannot go on elsewhere"));
  EXPECT_EQ(machine.steps_done(), 0U);
}

TEST_F(GdbResume, ARangeIsSteppedUntilPcLeavesIt) {
  EXPECT_EQ(pc_of(reply(machine, {"vCont;r400000,400014:29"})), "140040");
}

TEST_F(GdbResume, ABreakpointEndsARange) {
  EXPECT_EQ(pc_of(replies(machine, {"Z0,40000c,4", "vCont;r400000,400014:29"}).back()), "0c0040");
}

TEST_F(GdbResume, MalformedListsAreErrors) {
  for (const char* packet :
       {"vCont;", "vCont;;", "vCont;C", "vCont;S:29", "vCont;q", "vCont;t", "vCont;r", "vCont;r1",
        "vCont;r5,1", "vCont;s:zz", "vCont;s:p1.", "vCont", "C", "Szz"}) {
    EXPECT_EQ(reply(machine, {packet}).substr(0, 2), "E.") << packet;
  }
  EXPECT_EQ(machine.steps_done(), 0U);
}

TEST_F(GdbResume, TheActionsAreListed) { EXPECT_EQ(reply(machine, {"vCont?"}), "vCont;c;C;s;S;r"); }

TEST_F(GdbResume, CtrlCStopsARunningMachine) {
  ScriptedConnection line({gdb::encode_packet("c")});
  line.while_running = {"", "\x03"};
  (void)gdb::serve(machine, line);
  const Replies all = packets_in(line.written);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].starts_with("T02thread:29;")) << all[0];
  EXPECT_GT(machine.steps_done(), 0U);
}

TEST_F(GdbResume, CtrlCRightBehindThePacketStopsToo) {
  ScriptedConnection line({gdb::encode_packet("c") + "\x03"});
  (void)gdb::serve(machine, line);
  EXPECT_TRUE(packets_in(line.written).at(0).starts_with("T02"));
}

// The replies to packets, with a Ctrl-C for each one that is "\x03".
Replies replies_with_interrupts(FakeMachine& machine, const Replies& sent) {
  std::deque<std::string> chunks;
  for (const std::string& packet : sent) {
    chunks.push_back(packet == "\x03" ? packet : gdb::encode_packet(packet));
  }
  ScriptedConnection line(std::move(chunks));
  (void)gdb::serve(machine, line);
  return packets_in(line.written);
}

TEST_F(GdbResume, CtrlCBeforeAnythingHasRunIsForgotten) {
  EXPECT_EQ(replies_with_interrupts(machine, {"\x03", "?", "c"}).at(1), "W07");
}

// A watchpoint in software: the client steps, and looks at the value, without telling its user.
TEST_F(GdbResume, CtrlCBetweenTheStepsOfAClientStopsItsNext) {
  for (const char* next : {"vCont;s:29", "c", "bs"}) {
    FakeMachine fresh{counting_program(100)};
    const Replies all = replies_with_interrupts(
        fresh, {"vCont;s:29", "Hg29", "m410000,8", "\x03", "g", next, "p20", "vCont;s:29"});
    EXPECT_TRUE(all.at(4).starts_with("T02thread:29;")) << next << all.at(4);
    EXPECT_EQ(all.at(5), "0400400000000000") << next;
    EXPECT_EQ(pc_of(all.at(6)), "080040") << "told of twice";
  }
}

TEST_F(GdbResume, CtrlCIsForgottenWhereTheUserIsAtThePrompt) {
  for (const std::string& packet : {monitor("when"), std::string("?"), std::string("vRun;"),
                                    std::string("M410000,1:00"), std::string("vFile:setfs:0")}) {
    for (const Replies& sent : {Replies{"s", "\x03", packet, "c"}, {"s", packet, "\x03", "c"}}) {
      FakeMachine fresh{counting_program(100)};
      EXPECT_EQ(replies_with_interrupts(fresh, sent).at(2), "W07") << packet;
    }
  }
}

TEST_F(GdbResume, LldbsInterruptIsForgottenWhereNothingRuns) {
  EXPECT_EQ(replies_with_interrupts(machine, {"QThreadSuffixSupported", "s", "\x03", "c"}).at(2),
            "W07");
}

TEST_F(GdbResume, AMachineThatCannotBeCopiedDoesNotGoBack) {
  machine.can_fork = false;
  EXPECT_EQ(reply(machine, {"bc"}), "E.this replay cannot go back");
  EXPECT_EQ(reply(machine, {"bs"}), "E.this replay cannot go back");
  EXPECT_EQ(reply(machine, {"bx"}), "");
}

gdb::SessionEnd end_of(machine::Machine& machine, std::deque<std::string> packets) {
  for (std::string& packet : packets) packet = gdb::encode_packet(packet);
  ScriptedConnection line(std::move(packets));
  return gdb::serve(machine, line);
}

TEST_F(GdbResume, TheSessionTellsHowItEnded) {
  EXPECT_EQ(end_of(machine, {"D"}), gdb::SessionEnd::kDetached);
  EXPECT_EQ(end_of(machine, {kHello, "D;29"}), gdb::SessionEnd::kDetached);
  EXPECT_EQ(end_of(machine, {"k"}), gdb::SessionEnd::kKilled);
  EXPECT_EQ(end_of(machine, {"?"}), gdb::SessionEnd::kConnectionLost);
}

TEST_F(GdbResume, InExtendedModeTheLineStaysAfterTheLastProcessWasLetGo) {
  EXPECT_EQ(reply(machine, {"!", "D;29", "vFile:close:7"}), "F-1,9");
  EXPECT_EQ(end_of(machine, {"!", "D;29"}), gdb::SessionEnd::kDetached);
  EXPECT_NE(reply(machine, {"D;29", "vFile:close:7"}), "F-1,9");
}

TEST_F(GdbResume, DetachingTakesTheBreakpointsAway) {
  EXPECT_EQ(end_of(machine, {"Z0,400004,4", "D"}), gdb::SessionEnd::kDetached);
  EXPECT_TRUE(machine.breakpoints().empty());
}

TEST_F(GdbResume, DetachingFromAStrangerIsAnError) {
  EXPECT_EQ(reply(machine, {"D;99"}), "E.no such process");
  EXPECT_EQ(reply(machine, {"vKill;99"}), "E.no such process");
}

TEST_F(GdbResume, RunStartsAgainWithAFreshMachine) {
  machine.can_fork = false;
  std::vector<std::string> arguments;
  gdb::ServeOptions options;
  options.restart = [&](const gdb::RestartRequest& request) {
    arguments = request.arguments;
    return std::make_unique<FakeMachine>(counting_program(2));
  };
  const Replies all = replies(
      machine, {"c", "vRun;;" + gdb::to_hex_text("12"), "Z0,400014,4", "c", "p0", "vKill;29", "c"},
      options);
  EXPECT_EQ(all[0], "W07");
  EXPECT_EQ(pc_of(all[1]), "000040");
  EXPECT_EQ(arguments, std::vector<std::string>{"12"});
  EXPECT_EQ(pc_of(all[3]), "140040");
  EXPECT_EQ(all[4], "0200000000000000");
  EXPECT_EQ(all[5], "OK");
  EXPECT_TRUE(all[6].starts_with("E."));
}

TEST_F(GdbResume, RHasNoReply) {
  machine.can_fork = false;
  gdb::ServeOptions options;
  options.restart = [&](const gdb::RestartRequest&) {
    return std::make_unique<FakeMachine>(counting_program(2));
  };
  const Replies all = replies(machine, {"c", "R00", "?"}, options);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(pc_of(all[1]), "000040");
}

TEST_F(GdbResume, ARestartThatFailsLeavesTheOldMachine) {
  machine.can_fork = false;
  EXPECT_EQ(reply(machine, {"vRun;"}), "E.this server cannot start the replay again");
  gdb::ServeOptions options;
  options.restart = [](const gdb::RestartRequest&) -> std::unique_ptr<machine::Machine> {
    fail("no such event\n#1");
  };
  const Replies all = replies(machine, {"vRun;", "p20"}, options);
  EXPECT_EQ(all[0], "E.no such event  1");
  EXPECT_EQ(all[1], "0000400000000000");
}

TEST_F(GdbResume, AttachingIsRefused) {
  EXPECT_TRUE(reply(machine, {"vAttach;1"}).starts_with("E.there is nothing to attach to"));
}

}  // namespace
}  // namespace rr::test
