#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

using Replies = std::vector<std::string>;
using machine::TaskId;

std::string x0(machine::Machine& machine) {
  return std::to_string(machine.registers(kCounter).x[0]);
}

class GdbStops : public testing::Test {
 protected:
  FakeMachine machine{counting_program(100)};
};

TEST_F(GdbStops, ABreakpointStopsBeforeItsInstruction) {
  const Replies all = replies(machine, {kHello, "Z0,400008,4", "vCont;c", "vCont;c"});
  EXPECT_EQ(all[1], "OK");
  EXPECT_TRUE(all[2].starts_with("T05swbreak:;thread:p29.29;")) << all[2];
  EXPECT_EQ(x0(machine), "2");
}

TEST_F(GdbStops, AHardwareBreakpointSaysSo) {
  EXPECT_TRUE(
      reply(machine, {kHello, "Z1,400008,4", "vCont;c"}).starts_with("T05hwbreak:;thread:"));
}

TEST_F(GdbStops, AClientThatDidNotAskIsNotToldTheKind) {
  EXPECT_TRUE(reply(machine, {"Z0,400008,4", "c"}).starts_with("T05thread:29;"));
}

TEST_F(GdbStops, ARemovedBreakpointStopsNobody) {
  EXPECT_EQ(reply(machine, {"Z0,400008,4", "z0,400008,4", "c"}), "W07");
  EXPECT_EQ(reply(machine, {"z0,400008,4"}), "OK");  // though it is not there
}

TEST_F(GdbStops, AConditionIsEvaluatedHere) {
  // x0 == 50
  const Replies all = replies(machine, {"Z0,400008,4;X7,26000022321327", "c"});
  EXPECT_TRUE(all[1].starts_with("T05"));
  EXPECT_EQ(x0(machine), "50");
}

TEST_F(GdbStops, OneOfSeveralConditionsIsEnough) {
  (void)reply(machine, {"Z0,400008,4;X7,26000022321327X7,26000022141327", "c"});
  EXPECT_EQ(x0(machine), "20");
}

TEST_F(GdbStops, ANewConditionReplacesTheOld) {
  (void)reply(machine, {"Z0,400008,4;X7,26000022321327", "Z0,400008,4", "c"});
  EXPECT_EQ(x0(machine), "1");
}

TEST_F(GdbStops, AConditionThatCannotBeEvaluatedStops) {
  (void)reply(machine, {"Z0,400008,4;X2,ff27", "c"});
  EXPECT_EQ(x0(machine), "1");
}

TEST_F(GdbStops, AConditionMayReadMemory) {
  // the cell at 0x410000 == 7
  (void)reply(machine, {"Z0,40000c,4;Xa,24004100001a22071327", "c"});
  EXPECT_EQ(x0(machine), "7");
}

TEST_F(GdbStops, CtrlCReachesALoopOfFalseConditions) {
  ScriptedConnection line({gdb::encode_packet("Z0,400008,4;X3,220027"), gdb::encode_packet("c")});
  line.while_running = {"", "", "\x03"};
  (void)gdb::serve(machine, line);
  EXPECT_TRUE(packets_in(line.written).at(1).starts_with("T02"));
}

TEST_F(GdbStops, AWatchpointNamesItsAddress) {
  const Replies all = replies(machine, {"Z2,410000,8", "c"});
  EXPECT_TRUE(all[1].starts_with("T05watch:410000;thread:29;")) << all[1];
  EXPECT_EQ(x0(machine), "1");
}

TEST_F(GdbStops, WatchingReadsSeesNoWrites) {
  EXPECT_EQ(reply(machine, {"Z3,410000,8", "c"}), "W07");
}

TEST_F(GdbStops, WatchingAccessesSaysSo) {
  EXPECT_TRUE(reply(machine, {"Z4,410004,4", "c"}).starts_with("T05awatch:410004;"));
}

TEST_F(GdbStops, TheStepOverAWatchedAccessIsMadeAlready) {
  const Replies all =
      replies(machine, {"Z2,410000,8", "c", "z2,410000,8", "vCont;s:29", "vCont;s:29"});
  EXPECT_NE(all[1].find("20:0c0040"), std::string::npos);
  EXPECT_NE(all[3].find("20:0c0040"), std::string::npos);
  EXPECT_NE(all[4].find("20:100040"), std::string::npos);
}

TEST_F(GdbStops, WatchpointsRunOut) {
  const Replies all = replies(machine, {"Z2,410000,8", "Z2,410008,8", "Z2,410010,8", "Z2,410018,8",
                                        "Z2,410020,8", "z2,410000,8", "Z2,410020,8"});
  EXPECT_EQ(all[4], "E.the CPU has no way left to watch these bytes");
  EXPECT_EQ(all[6], "OK");
}

TEST_F(GdbStops, BadBreakpointsAreErrors) {
  for (const char* packet :
       {"Z", "Z0", "Z0,400008", "Z5,400008,4", "Z0,400008,2", "Z0,999999999,4", "Z0,zz,4",
        "Z0,400008,4;X", "Z0,400008,4;X4,22", "Z0,400008,4;X1,zz", "Z0,400008,4;cmds:1",
        "Z0,400008,4;Xffffffffffffffff,00", "Z04,400008"}) {
    EXPECT_EQ(reply(machine, {packet}).substr(0, 2), "E.") << packet;
  }
  EXPECT_TRUE(machine.breakpoints().empty());
}

// Two signals before the loop: SIGUSR1 (30 for gdb, 1e) and SIGSEGV.
FakeScript with_signals() {
  FakeScript script = counting_program(2);
  Bytes info(128);
  info[0] = std::byte{10};
  script.steps.insert(
      script.steps.begin() + 1,
      {FakeStep{.task = kCounter, .event = machine::SignalReceived{.number = 10, .info = info}},
       FakeStep{.task = kCounter, .event = machine::SignalReceived{.number = 11, .info = {}}}});
  return script;
}

TEST(GdbSignals, AreReportedInGdbsNumbers) {
  FakeMachine machine(with_signals());
  const Replies all = replies(machine, {"c", "C1e", "C0b"});
  EXPECT_TRUE(all[0].starts_with("T1ethread:29;"));
  EXPECT_TRUE(all[1].starts_with("T0bthread:29;"));
  EXPECT_EQ(all[2], "W07");
}

TEST(GdbSignals, WhatTheyTellIsNotChanged) {
  FakeMachine machine(with_signals());
  const std::string same = std::string(1, '\x0a') + std::string(127, '\0');
  const Replies all =
      replies(machine, {"c", "qXfer:siginfo:write::0:" + same, "qXfer:siginfo:write::0:\x05",
                        "qXfer:siginfo:write::7f:a", "qXfer:siginfo:write::ff:a"});
  EXPECT_EQ(all[1], "80");
  for (size_t i : {2U, 3U, 4U}) {
    EXPECT_TRUE(all[i].starts_with("E.the program gets the signal that was recorded")) << all[i];
  }
}

// lldb takes us for its own server.
TEST(GdbSignals, AreReportedToLldbInLinuxNumbers) {
  FakeMachine machine(with_signals());
  const Replies all = replies(machine, {"QThreadSuffixSupported", "c", "QPassSignals:0a", "C0a"});
  EXPECT_TRUE(all[1].starts_with("T0athread:29;")) << all[1];
  EXPECT_TRUE(all[3].starts_with("T0bthread:29;")) << all[3];
}

TEST(GdbSignals, ThoseToPassAreNotReported) {
  FakeMachine machine(with_signals());
  const Replies all = replies(machine, {"QPassSignals:1e;1c", "c"});
  EXPECT_EQ(all[0], "OK");
  EXPECT_TRUE(all[1].starts_with("T0b"));
}

TEST(GdbSignals, ALaterListReplacesTheFormer) {
  FakeMachine machine(with_signals());
  EXPECT_TRUE(replies(machine, {"QPassSignals:1e;b", "QPassSignals:", "c"})[2].starts_with("T1e"));
}

TEST(GdbSignals, TheirInformationIsRead) {
  FakeMachine machine(with_signals());
  const Replies all =
      replies(machine, {"qXfer:siginfo:read::0,80", "c", "qXfer:siginfo:read::0,80"});
  EXPECT_EQ(all[0], "E.the thread has not stopped for a signal");
  EXPECT_EQ(all[2], "l\x0a" + std::string(127, '\0'));
}

constexpr TaskId kChild{Pid{50}, Tid{50}};

// The counter forks before its loop; the child runs an instruction, executes another program, runs
// another one and ends, all between the parent's first two instructions.
FakeScript with_child(bool is_vfork) {
  FakeScript script = counting_program(2);
  const std::vector<FakeStep> inserted = {
      {.task = kCounter, .event = machine::Forked{.child = kChild, .is_vfork = is_vfork}},
      {.task = kChild},
      {.task = kChild, .event = machine::Executed{"/bin/other"}, .registers = {{kPc, 0x400004}}},
      {.task = kChild},
      {.task = kChild, .event = machine::ProcessExited{.wait_status = 3 << 8}},
  };
  script.steps.insert(script.steps.begin() + 1, inserted.begin(), inserted.end());
  return script;
}

TEST(GdbForks, AreToldToAClientThatAsked) {
  FakeMachine machine(with_child(false));
  const Replies all = replies(machine, {kHello, "vCont;c", "qfThreadInfo", "D;32", "vCont;c"});
  EXPECT_TRUE(all[1].starts_with("T05fork:p32.32;thread:p29.29;")) << all[1];
  EXPECT_EQ(all[2], "mp29.29,p32.32");
  EXPECT_EQ(all[3], "OK");
  EXPECT_EQ(all[4], "W07;process:29");  // the child's end is nobody's business any more
}

// Before the fork there is nothing that is debugged.
TEST(GdbForks, AChildIsGoneBackWithToItsBeginningAndNoFurther) {
  FakeMachine machine(with_child(false));
  const Replies all = replies(machine, {kHello, "vCont;c", "D;29", "vCont;c", "bc", "bc", "bs",
                                        "Hgp32.32", "p20", "vCont;c"});
  for (const size_t back : {4u, 5u, 6u}) {
    EXPECT_TRUE(all[back].starts_with("T05replaylog:begin;thread:p32.32;")) << all[back];
  }
  EXPECT_EQ(all[7], "OK");
  EXPECT_EQ(all[8], "0400400000000000");
  EXPECT_TRUE(all[9].starts_with("T05exec:")) << all[9];
}

// The recording goes on without it.
TEST(GdbForks, TheEndOfTheOnlyOneDebuggedIsToldBeforeItComes) {
  FakeMachine machine(with_child(false));
  const Replies all = replies(machine, {kHello, "vCont;c", "D;29", "vCont;c", "bc", "vCont;c",
                                        "vCont;c", "bs", "p20", "vCont;c", "vCont;c"});
  EXPECT_TRUE(all[6].starts_with("T05replaylog:end;thread:p32.32;")) << all[6];
  EXPECT_EQ(pc_of(all[6]), "080040");
  EXPECT_EQ(pc_of(all[7]), "040040");
  EXPECT_TRUE(all[9].starts_with("T05replaylog:end;thread:p32.32;")) << all[9];
  EXPECT_EQ(all[10], "W03;process:32");
}

// Both are debugged: the child ends, is there again, and is not there yet.
TEST(GdbForks, TheEndAndTheBeginningOfAChildAreMetGoingBack) {
  FakeMachine machine(with_child(false));
  const Replies all =
      replies(machine, {kHello, "vCont;c", "vCont;c", "vCont;c", "bc", "qfThreadInfo", "bc", "bc",
                        "qfThreadInfo", "vCont;c", "qfThreadInfo"});
  EXPECT_EQ(all[3], "W03;process:32");
  EXPECT_EQ(text_of(all[4].substr(1)), "Process 50 ends here.\n");
  EXPECT_TRUE(all[5].starts_with("T00thread:p32.32;")) << all[5];
  EXPECT_EQ(pc_of(all[5]), "080040");
  EXPECT_EQ(all[6], "mp29.29,p32.32");
  EXPECT_TRUE(all[7].starts_with("T05exec:")) << all[7];
  EXPECT_TRUE(text_of(all[8].substr(1)).starts_with("Process 50 begins here")) << all[8];
  EXPECT_EQ(all[9], "W00;process:32");
  EXPECT_EQ(all[10], "mp29.29");
  EXPECT_TRUE(all[11].starts_with("T05fork:p32.32;thread:p29.29;")) << all[11];
  EXPECT_EQ(all[12], "mp29.29,p32.32");
}

TEST(GdbForks, OneThatIsCaughtIsMetGoingBack) {
  FakeMachine machine(with_child(false));
  const Replies all =
      replies(machine, {kHello, monitor("catches vfork"), "Z0,400014,4", "vCont;c", "D;32",
                        "vCont;c", "bc", "vCont;c", "D;32", "vCont;c", monitor("catches fork"),
                        "bc", "qfThreadInfo", "D;32", "bc"});
  EXPECT_TRUE(all[5].starts_with("T05swbreak:;thread:p29.29;")) << all[5];
  EXPECT_TRUE(all[6].starts_with("T05replaylog:begin;")) << all[6];
  EXPECT_TRUE(all[7].starts_with("T05fork:p32.32;thread:p29.29;")) << all[7];
  EXPECT_EQ(all[9], all[5]);
  EXPECT_EQ(all[11], all[7]);
  EXPECT_EQ(all[12], "mp29.29,p32.32");
  EXPECT_EQ(all[13], "OK");
  EXPECT_TRUE(all[14].starts_with("T05replaylog:begin;")) << all[14];
}

// The client waits for its end before it hears of anything else.
TEST(GdbForks, AVforkThatIsGoneBackFromEnds) {
  FakeMachine machine(with_child(true));
  const Replies all = replies(machine, {kHello, "vCont;c", "D;32", "bc", "bc", "vCont;c"});
  EXPECT_TRUE(all[1].starts_with("T05vfork:p32.32;thread:p29.29;")) << all[1];
  EXPECT_TRUE(all[3].starts_with("T05vforkdone:;thread:p29.29;")) << all[3];
  EXPECT_TRUE(all[4].starts_with("T05replaylog:begin;thread:p29.29;")) << all[4];
  EXPECT_TRUE(all[5].starts_with("T05vfork:p32.32;thread:p29.29;")) << all[5];
}

TEST(GdbForks, AreSilentForAClientThatDidNotAsk) {
  FakeMachine machine(with_child(false));
  EXPECT_EQ(replies(machine, {"c"}), Replies{"W07"});
}

TEST(GdbForks, TheChildIsFollowedThroughExecToItsEnd) {
  FakeMachine machine(with_child(false));
  const Replies all = replies(machine, {kHello, "vCont;c", "Hgp32.32", "vCont;c",
                                        "qXfer:exec-file:read:32:0,100", "vCont;c", "vCont;c"});
  EXPECT_TRUE(all[3].starts_with("T05exec:" + gdb::to_hex_text("/bin/other") + ";thread:p32.32;"))
      << all[3];
  EXPECT_EQ(all[4], "l/bin/other");
  EXPECT_EQ(all[5], "W03;process:32");
  EXPECT_EQ(all[6], "W07;process:29");
}

TEST(GdbForks, DetachingFromTheParentLeavesTheChild) {
  FakeMachine machine(with_child(false));
  const Replies all =
      replies(machine, {kHello, "vCont;c", "D;29", "qfThreadInfo", "vCont;c", "vCont;c"});
  EXPECT_EQ(all[3], "mp32.32");
  EXPECT_TRUE(all[4].starts_with("T05exec:"));
  EXPECT_EQ(all[5], "W03;process:32");
}

TEST(GdbForks, TheChildHasTheParentsBreakpoints) {
  FakeMachine machine(with_child(false));
  const Replies all = replies(machine, {kHello, "Z0,400004,4", "vCont;c", "vCont;c"});
  EXPECT_TRUE(all[3].starts_with("T05swbreak:;thread:p32.32;")) << all[3];
}

TEST(GdbForks, TheEndOfAVforkIsTold) {
  FakeMachine machine(with_child(true));
  const Replies all = replies(machine, {kHello, "vCont;c", "D;32", "vCont;c", "vCont;c"});
  EXPECT_TRUE(all[1].starts_with("T05vfork:p32.32;thread:p29.29;")) << all[1];
  EXPECT_TRUE(all[3].starts_with("T05vforkdone:;thread:p29.29;")) << all[3];
  EXPECT_EQ(all[4], "W07;process:29");
}

TEST(GdbForks, TheEndOfAVforkFollowsTheFollowedChildsExec) {
  FakeMachine machine(with_child(true));
  const Replies all = replies(machine, {kHello, "vCont;c", "vCont;c", "vCont;c", "vCont;c"});
  EXPECT_TRUE(all[2].starts_with("T05exec:"));
  EXPECT_TRUE(all[3].starts_with("T05vforkdone:;thread:p29.29;"));
  EXPECT_EQ(all[4], "W03;process:32");
}

TEST(GdbForks, BreakpointsEndWithTheProgramTheyWereIn) {
  FakeMachine machine(with_child(false));
  (void)replies(machine, {kHello, "vCont;c", "Hgp32.32", "Z0,400010,4", "vCont;c"});
  EXPECT_TRUE(machine.breakpoints().empty());
}

}  // namespace
}  // namespace rr::test
