#include <algorithm>
#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

using Replies = std::vector<std::string>;

std::string run(const std::string& place) { return "vRun;;" + gdb::to_hex_text("@" + place); }

class GdbReverse : public testing::Test {
 protected:
  FakeMachine machine{counting_program(100)};
};

TEST_F(GdbReverse, TheClientIsToldThatItMayGoBack) {
  const std::string features = reply(machine, {kHello});
  EXPECT_NE(features.find(";ReverseContinue+"), std::string::npos);
  EXPECT_NE(features.find(";ReverseStep+"), std::string::npos);
}

TEST_F(GdbReverse, ContinueGoesToTheLastHitAndThenToTheStart) {
  // Round 3's compare, where x0 is 3; back over its store is round 2's.
  const Replies all = replies(
      machine, {"Z0,40000c,4", "c", "c", "c", "p0", "bc", "p0", "bc", "p0", "bc", "bc", "c", "p0"});
  EXPECT_EQ(all[4], "0300000000000000");
  EXPECT_EQ(pc_of(all[5]), "0c0040");
  EXPECT_EQ(all[6], "0200000000000000");
  EXPECT_EQ(all[8], "0100000000000000");
  EXPECT_TRUE(all[9].starts_with("T05replaylog:begin;thread:29;")) << all[9];
  EXPECT_EQ(pc_of(all[9]), "000040");
  EXPECT_EQ(all[10], all[9]);
  EXPECT_EQ(all[12], "0100000000000000");
}

// Where a library is not mapped yet that the client has seen later.
TEST_F(GdbReverse, BreakpointsAreTakenWhereNothingIsMappedYet) {
  const Replies all =
      replies(machine, {"Z0,900000,4", "s", "bs", "Z0,900000,4", "c", "bc", "z0,900000,4"});
  EXPECT_TRUE(all[0].starts_with("E.")) << all[0];
  EXPECT_EQ(all[3], "OK");
  EXPECT_TRUE(all[5].starts_with("T05replaylog:begin;")) << all[5];
  EXPECT_EQ(all[6], "OK");
}

TEST_F(GdbReverse, StepGoesBackOneInstruction) {
  const Replies all = replies(machine, {"s", "s", "s", "bs", "bs", "bs", "bs"});
  EXPECT_EQ(pc_of(all[3]), "080040");
  EXPECT_EQ(pc_of(all[4]), "040040");
  EXPECT_EQ(pc_of(all[5]), "000040");
  EXPECT_TRUE(all[6].starts_with("T05replaylog:begin;")) << all[6];
}

// The client takes a step more before it looks at the value; the machine stands there already.
TEST_F(GdbReverse, AWatchedStoreIsStoodBefore) {
  const Replies all = replies(machine, {"Z0,40000c,4", "c", "c", "z0,40000c,4", "Z2,410000,8", "bc",
                                        "bs", "m410000,1", "p20", "bc", "bs", "m410000,1"});
  EXPECT_TRUE(all[5].starts_with("T05watch:410000;")) << all[5];
  EXPECT_EQ(all[7], "01");
  EXPECT_EQ(all[8], "0800400000000000");
  EXPECT_TRUE(all[9].starts_with("T05watch:410000;")) << all[9];
  EXPECT_EQ(all[11], "00");
}

TEST(GdbReverseSignals, OneThatWasGoneBackToIsNotToldOfAgain) {
  FakeScript script = counting_program(3);
  script.steps.insert(script.steps.begin() + 2,
                      FakeStep{.task = kCounter,
                               .event = machine::SignalReceived{.number = 10, .info = Bytes(128)}});
  FakeMachine machine(script);
  const Replies all = replies(machine, {"Z0,400014,4", "c", "c", "bc", "p20", "c"});
  EXPECT_TRUE(all[1].starts_with("T1e")) << all[1];
  EXPECT_EQ(pc_of(all[2]), "140040");
  EXPECT_TRUE(all[3].starts_with("T1e")) << all[3];
  EXPECT_EQ(all[4], "0800400000000000");
  EXPECT_EQ(pc_of(all[5]), "140040");
}

TEST_F(GdbReverse, ConditionsAreEvaluatedInThePast) {
  // x0 == 7: reg 0, const8 7, equal, end.
  const Replies all =
      replies(machine, {"Z0,400014,4", "c", "Z0,40000c,4;X7,26000022071327", "bc", "p0"});
  EXPECT_EQ(pc_of(all[3]), "0c0040");
  EXPECT_EQ(all[4], "0700000000000000");
}

// gdb's `run` goes on by itself once it has started a program.
TEST_F(GdbReverse, RunStopsAtThePlaceThatWasAskedFor) {
  const Replies all = replies(machine, {"vRun;;" + gdb::to_hex_text("t3"), "vCont;c", "c"});
  EXPECT_TRUE(all[1].starts_with("T00thread:29;")) << all[1];
  EXPECT_EQ(pc_of(all[1]), "0c0040");
  EXPECT_TRUE(all[2].starts_with("T05replaylog:end")) << all[2];
}

// gdb passes a Ctrl-C on only once it has let the program go on.
TEST_F(GdbReverse, ALongWayIsGoneWhenTheClientGoesOn) {
  gdb::ServeOptions options;
  options.way_without_interrupt = 0;
  const std::string run_to_tick = "vRun;;" + gdb::to_hex_text("t60");
  const std::string run_back = "vRun;;" + gdb::to_hex_text("back");
  const Replies all = replies(machine,
                              {"s", monitor("shown"), run_to_tick, "p20", "Z0,40000c,4", "vCont;c",
                               "vCont;c", monitor("shown"), "p0", "vCont;c", "p0", run_back,
                               "vCont;c", "vCont;c", "p0", run_back, "vCont;c", "vCont;c", "p20"},
                              options);
  EXPECT_TRUE(all[2].starts_with("T05thread:29;")) << all[2];
  EXPECT_EQ(all[3], "0400400000000000");
  EXPECT_TRUE(all[5].starts_with("T05library:;thread:29;")) << all[5];
  EXPECT_TRUE(all[6].starts_with("T00thread:29;")) << all[6];
  EXPECT_NE(all[10], all[8]) << "the breakpoint holds behind the place";
  EXPECT_EQ(all[14], all[8]);
  EXPECT_EQ(all[18], "0400400000000000");
}

TEST_F(GdbReverse, CtrlCEndsALongWayAtThePlaceReached) {
  std::deque<std::string> chunks;
  for (const std::string& packet :
       {monitor("way t90"), std::string("vCont;c"), std::string("vCont;c"), std::string("s")}) {
    chunks.push_back(gdb::encode_packet(packet));
  }
  ScriptedConnection line(std::move(chunks));
  line.while_running = {"", "", "\x03"};
  (void)gdb::serve(machine, line, {});
  const Replies all = packets_in(line.written);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_TRUE(all[1].starts_with("T05library:;thread:29;")) << all[1];
  EXPECT_TRUE(all[2].starts_with("T02thread:29;")) << all[2];
  EXPECT_TRUE(all[3].starts_with("T05thread:29;")) << all[3];
  EXPECT_NE(pc_of(all[3]), pc_of(all[2]));
}

TEST_F(GdbReverse, AWayIsGoneInWhicheverDirectionTheClientGoesOn) {
  for (const std::string packet : {"vCont;c", "bc", "vCont;s:29"}) {
    FakeMachine fresh{counting_program(100)};
    const Replies all =
        replies(fresh, {"s", monitor("checkpoint"), "s", "s", monitor("way c1"), packet, packet,
                        "p20", monitor("way c7"), packet, packet, packet, "p20"});
    EXPECT_TRUE(all[6].starts_with("T00thread:29;")) << all[6];
    EXPECT_EQ(all[7], "0400400000000000");
    EXPECT_EQ(text_of(all[9].substr(1)), "there is no checkpoint 7\n");
    EXPECT_TRUE(all[11].starts_with("T00thread:29;")) << all[11];
  }
}

TEST_F(GdbReverse, PlacesAreRunTo) {
  const Replies all = replies(machine, {run("t10"), "p0", run(""), "p20", run("t2"), "p0",
                                        run("back"), "p20", run("forward"), "p0"});
  EXPECT_EQ(pc_of(all[0]), "080040");
  EXPECT_EQ(all[1], "0300000000000000");
  EXPECT_EQ(all[3], "0000400000000000");
  EXPECT_EQ(all[5], "0100000000000000");
  EXPECT_EQ(all[7], "0000400000000000");
  EXPECT_EQ(all[9], "0100000000000000");
}

TEST(GdbReverseHistory, KeepsTheLatestThousandStops) {
  FakeMachine machine(counting_program(1000));
  std::vector<std::string> packets(1005, "s");
  packets.insert(packets.end(), 1000, "vRun;;" + gdb::to_hex_text("@back"));
  const Replies all = replies(machine, packets);
  EXPECT_EQ(pc_of(all[1005 + 997]), "0c0040");
  EXPECT_EQ(pc_of(all[1005 + 998]), "080040") << "six steps from the start";
  EXPECT_EQ(pc_of(all[1005 + 999]), "080040") << "there is no earlier one";
}

// Where the program has ended there is nothing to stand at.
TEST_F(GdbReverse, TheHistoryComesToThePlaceBeforeTheEnd) {
  const Replies all = replies(machine, {"s", "c", run(""), run("back"), "p20", run("back"), "p20"});
  EXPECT_EQ(all[1], "W07");
  EXPECT_TRUE(all[3].starts_with("T05thread:29;")) << all[3];
  EXPECT_EQ(all[4], "0000400000000000");
  EXPECT_EQ(all[6], "0400400000000000");
}

// gdb steps off a breakpoint by itself, and along a line.
TEST_F(GdbReverse, StopsThatAreNotShownLeaveTheHistory) {
  const Replies all = replies(machine, {monitor("shown"),
                                        "s",
                                        "s",
                                        monitor("shown"),
                                        "s",
                                        "s",
                                        "s",
                                        monitor("shown"),
                                        run("back"),
                                        monitor("shown"),
                                        "p20",
                                        run("back"),
                                        "p20",
                                        run("forward"),
                                        run("forward"),
                                        "p20",
                                        run("back"),
                                        "s",
                                        "s",
                                        monitor("shown"),
                                        run("back"),
                                        "p20"});
  EXPECT_EQ(all[0], "OK");
  EXPECT_EQ(all[10], "0800400000000000");
  EXPECT_EQ(all[12], "0000400000000000");
  EXPECT_EQ(all[15], "0400400000000000");
  EXPECT_EQ(all[21], "0800400000000000");
}

// gdb shows no text of an error here, and would be left without a program.
TEST_F(GdbReverse, OneStaysWhereOneIsWhenThereIsNoSuchPlace) {
  for (const auto& [place, why] : std::vector<std::pair<std::string, std::string>>{
           {"x", "'x' is no place"},
           {"9", "the recording ends with event 1"},
           {"c7", "there is no checkpoint 7"},
           {"forward", "there is no later stop in the history"}}) {
    FakeMachine fresh{counting_program(100)};
    const Replies all = replies(
        fresh, {"s", "s", run(place), monitor("refusal"), "p20", monitor("refusal"), "s", "p20"});
    EXPECT_TRUE(all[2].starts_with("T05thread:29;")) << all[2];
    EXPECT_TRUE(text_of(all[3]).starts_with(why)) << text_of(all[3]);
    EXPECT_EQ(all[4], "0800400000000000");
    EXPECT_EQ(all[5], "OK");
    EXPECT_EQ(all[7], "0c00400000000000");
  }
}

TEST_F(GdbReverse, RunStopsWhereOneIsAndTellsWhyItIsNotElsewhere) {
  const Replies all =
      replies(machine, {"s", "vRun;;" + gdb::to_hex_text("9"), "vCont;c", "p20", "c"});
  EXPECT_EQ(text_of(all[2].substr(1)), "the recording ends with event 1\n");
  EXPECT_TRUE(all[3].starts_with("T00thread:29;")) << all[3];
  EXPECT_EQ(all[4], "0400400000000000");
  EXPECT_EQ(all[5], "W07");
}

// The last place with an event that has come true before.
TEST_F(GdbReverse, BehindTheEndOneStaysBeforeIt) {
  const Replies all = replies(machine, {"c", run("9"), "p20", monitor("refusal")});
  EXPECT_EQ(all[0], "W07");
  EXPECT_EQ(all[2], "0000400000000000");
  EXPECT_EQ(text_of(all[3]), "the recording ends with event 1\n");
}

TEST_F(GdbReverse, WordsThatAreNoPlaceAreForTheProgramWhichHasItsOwn) {
  for (const std::string& words :
       {gdb::to_hex_text("--all"), gdb::to_hex_text("5") + ";" + gdb::to_hex_text("6")}) {
    FakeMachine fresh{counting_program(3)};
    const Replies all = replies(fresh, {"s", "vRun;;" + words, "p20", "Z0,400014,4", "vCont;c"});
    EXPECT_EQ(all[2], "0000400000000000");
    EXPECT_NE(text_of(all[4].substr(1)).find("is no place"), std::string::npos) << all[4];
    EXPECT_EQ(pc_of(all[5]), "140040");
  }
}

// Behind the last event there is no program.
TEST_F(GdbReverse, TheLastEventAndTicksThatNeverComeAreThePlaceBeforeTheEnd) {
  for (const std::string place : {"1", "t99999999999999"}) {
    FakeMachine fresh{counting_program(100)};
    const Replies all = replies(fresh, {run(place), "p20", "bs"});
    EXPECT_TRUE(all[0].starts_with("T05thread:29;")) << all[0];
    EXPECT_EQ(all[1], place == "1" ? "0000400000000000" : "1800400000000000");
    EXPECT_TRUE(all[2].starts_with("T05")) << all[2];
  }
}

TEST_F(GdbReverse, CheckpointsAreKeptListedGoneToAndDeleted) {
  const Replies all = replies(
      machine, {monitor("info-checkpoints"), "s", "s", monitor("checkpoint"), "c", run("c1"), "p20",
                monitor("info-checkpoints"), monitor("delete-checkpoint 1"), run("c1"),
                monitor("refusal"), monitor("delete-checkpoint 1"), monitor("delete-checkpoint")});
  EXPECT_EQ(text_of(all[0]), "No checkpoints.\n");
  EXPECT_EQ(text_of(all[3]), "Checkpoint 1 at event 0, tick 2\n");
  EXPECT_EQ(all[6], "0800400000000000");
  EXPECT_EQ(text_of(all[7]), "1  event 0, tick 2\n");
  EXPECT_EQ(text_of(all[8]), "Checkpoint 1 deleted.\n");
  EXPECT_EQ(text_of(all[10]), "there is no checkpoint 1\n");
  EXPECT_EQ(text_of(all[11]), "There is no checkpoint 1.\n");
  EXPECT_TRUE(text_of(all[12]).starts_with("Give the number")) << text_of(all[12]);
}

TEST_F(GdbReverse, MonitorsWordsGoWhereTheirArgumentSays) {
  const Replies all = replies(
      machine, {"s", "s", "s", monitor("checkpoint"), monitor("run 0"), "p20", monitor("restart 1"),
                "p20", monitor("seek-ticks 1"), "p20", monitor("back"), "p20", monitor("forward"),
                "p20", monitor("restart"), "p20", monitor("run t2"), "p20"});
  EXPECT_EQ(all[5], "0000400000000000");
  EXPECT_TRUE(text_of(all[6]).starts_with("At event 0, tick 3.")) << text_of(all[6]);
  EXPECT_EQ(all[7], "0c00400000000000");
  EXPECT_EQ(all[9], "0400400000000000");
  EXPECT_EQ(all[11], "0c00400000000000");
  EXPECT_EQ(all[13], "0400400000000000");
  EXPECT_EQ(all[15], "0000400000000000");
  EXPECT_EQ(all[17], "0800400000000000");
}

TEST_F(GdbReverse, MonitorsWordsRefuseWhatTheyCannotTake) {
  for (const auto& [line, answer] : std::vector<std::pair<std::string, std::string>>{
           {"run 5 6", "'5 6' is no place"},
           {"run 7", "the recording ends with event 1"},
           {"restart 4", "there is no checkpoint 4"},
           {"restart 1 2", "'c1 2' is no place"},
           {"seek-ticks", "'t' is no place"},
           {"back 2", "`back` takes no argument."},
           {"when now", "`when` takes no argument."},
           {"info checkpoints", "No checkpoints."},
           {"delete checkpoint 1 2", "Give the number"},
           {"delete checkpoint 3", "There is no checkpoint 3."},
           {"info line", "There is no command 'info'."},
           {"", "back  "}}) {
    FakeMachine fresh{counting_program(3)};
    const Replies all = replies(fresh, {"s", "s", monitor(line), "p20"});
    EXPECT_TRUE(text_of(all[2]).starts_with(answer)) << line << ": " << text_of(all[2]);
    EXPECT_EQ(all[3], "0800400000000000");
  }
}

TEST_F(GdbReverse, OfAProgramThatHasEndedNothingIsKept) {
  FakeMachine fresh{counting_program(3)};
  const Replies all = replies(fresh, {"c", monitor("checkpoint"), monitor("info checkpoints")});
  EXPECT_TRUE(all[0].starts_with("W")) << all[0];
  EXPECT_TRUE(text_of(all[1]).starts_with("No checkpoint can be made here: the program has ended."))
      << text_of(all[1]);
  EXPECT_EQ(text_of(all[2]), "No checkpoints.\n");
}

TEST_F(GdbReverse, WhoWaitsForAPlaceIsToldHowFarItIs) {
  std::vector<std::pair<uint64_t, uint64_t>> told;
  gdb::ServeOptions options;
  options.between_progress = {};
  options.progress = [&](FrameNumber reached, FrameNumber last) {
    told.emplace_back(reached.value, last.value);
  };
  (void)replies(machine, {"s", run("t300")}, options);
  ASSERT_FALSE(told.empty());
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_EQ(told.back().second, 1U);
  told.clear();
  options.between_progress = std::chrono::hours(1);
  (void)replies(machine, {run("0"), run("t300")}, options);
  EXPECT_TRUE(told.empty());
}

// A call in each direction: entered and returned from.
TEST(GdbReverseCalls, CaughtOnesAreMetGoingBack) {
  FakeScript script = counting_program(2);
  script.steps.insert(script.steps.begin() + 3,
                      {FakeStep{.task = kCounter, .event = machine::CallEntered{64}},
                       FakeStep{.task = kCounter, .event = machine::CallReturned{64}},
                       FakeStep{.task = kCounter, .event = machine::CallEntered{63}}});
  FakeMachine machine(script);
  const Replies all =
      replies(machine, {"QCatchSyscalls:1;40", "Z0,400014,4", "c", "c", "c", "bc", "bc", "bc"});
  EXPECT_TRUE(all[2].starts_with("T05syscall_entry:40;")) << all[2];
  EXPECT_TRUE(all[3].starts_with("T05syscall_return:40;")) << all[3];
  EXPECT_EQ(pc_of(all[4]), "140040");
  EXPECT_TRUE(all[5].starts_with("T05syscall_return:40;")) << all[5];
  EXPECT_TRUE(all[6].starts_with("T05syscall_entry:40;")) << all[6];
  EXPECT_TRUE(all[7].starts_with("T05replaylog:begin;")) << all[7];
}

// Who has gone back stops before the end, from where one can go back again.
TEST_F(GdbReverse, TheEndIsToldBeforeItComes) {
  const Replies all = replies(machine, {kHello, "vCont;s:p29.29", "bs", "vCont;c", "bs", "vCont;c",
                                        "vCont;c", run("end"), "bs"});
  EXPECT_TRUE(all[3].starts_with("T05replaylog:end;thread:p29.29;")) << all[3];
  EXPECT_EQ(pc_of(all[4]), "140040");
  EXPECT_TRUE(all[5].starts_with("T05replaylog:end;thread:p29.29;")) << all[5];
  EXPECT_EQ(all[6], "W07;process:29");
  EXPECT_TRUE(all[7].starts_with("T05thread:p29.29;")) << all[7];
  EXPECT_TRUE(all[8].starts_with("T05")) << all[8];
}

}  // namespace
}  // namespace rr::test
