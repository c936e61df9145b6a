// Caught system calls, and a replay that cannot go on.
#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

FakeScript program_with_calls() {
  FakeScript script = counting_program(3);
  const auto at = script.steps.begin() + 2;
  script.steps.insert(at, {{.task = kCounter, .event = machine::CallEntered{.number = 64}},
                           {.task = kCounter, .event = machine::CallReturned{.number = 64}},
                           {.task = kCounter, .event = machine::CallEntered{.number = 93}},
                           {.task = kCounter, .event = machine::CallReturned{.number = 93}}});
  return script;
}

class GdbCalls : public testing::Test {
 protected:
  FakeMachine machine{program_with_calls()};
};

TEST_F(GdbCalls, AreNotToldUnlessCaught) { EXPECT_EQ(reply(machine, {"c"}), "W07"); }

TEST_F(GdbCalls, AreToldAtEntryAndReturn) {
  const auto all = replies(machine, {kHello, "QCatchSyscalls:1", "vCont;c", "vCont;c", "vCont;c"});
  EXPECT_TRUE(all[2].starts_with("T05syscall_entry:40;thread:p29.29;")) << all[2];
  EXPECT_TRUE(all[3].starts_with("T05syscall_return:40;")) << all[3];
  EXPECT_TRUE(all[4].starts_with("T05syscall_entry:5d;")) << all[4];
}

TEST_F(GdbCalls, CanBeCaughtByNumber) {
  const auto all = replies(machine, {"QCatchSyscalls:1;5d;de", "c", "c", "c"});
  EXPECT_TRUE(all[1].starts_with("T05syscall_entry:5d;")) << all[1];
  EXPECT_TRUE(all[2].starts_with("T05syscall_return:5d;")) << all[2];
  EXPECT_EQ(all[3], "W07");
}

TEST_F(GdbCalls, AreLetGoAgain) {
  EXPECT_EQ(replies(machine, {"QCatchSyscalls:1", "QCatchSyscalls:0", "c"}).back(), "W07");
  EXPECT_TRUE(reply(machine, {"QCatchSyscalls:2"}).starts_with("E."));
  EXPECT_TRUE(reply(machine, {"QCatchSyscalls:1;ffffffffff"}).starts_with("E."));
}

TEST(GdbFailure, IsShownAndTheStateCanBeLookedAt) {
  FakeScript script = counting_program(3);
  script.steps[5].fails = "replay diverged from the recording at frame 7";
  FakeMachine machine(script);
  const auto all = replies(machine, {kHello, "vCont;c", "p0", "m410000,8", "vCont;c"});
  const std::string message = "O" + gdb::to_hex_text(script.steps[5].fails + "\n");
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[1], message);
  EXPECT_TRUE(all[2].starts_with("T05thread:p29.29;")) << all[2];
  EXPECT_EQ(all[3], "0100000000000000");
  EXPECT_EQ(all[4], "0100000000000000");
  EXPECT_EQ(all[5], message);
  EXPECT_EQ(machine.steps_done(), 5u);
}

TEST(GdbFailure, EndsWhenTheReplayIsStartedAgain) {
  FakeScript script = counting_program(3);
  script.steps[5].fails = "no further";
  FakeMachine machine(script);
  machine.can_fork = false;
  gdb::ServeOptions options;
  options.restart = [](const gdb::RestartRequest&) {
    return std::make_unique<FakeMachine>(counting_program(3));
  };
  EXPECT_EQ(replies(machine, {"c", "vRun;", "c"}, options).back(), "W07");
}

TEST(GdbFailure, ThatHappenedBeforeIsToldOfAtTheFirstResume) {
  FakeMachine machine(counting_program(3));
  gdb::ServeOptions options;
  options.failure = "it diverged";
  const auto all = replies(machine, {"?", "c"}, options);
  EXPECT_TRUE(all[0].starts_with("T05"));
  EXPECT_EQ(all[1], "O" + gdb::to_hex_text("it diverged\n"));
  EXPECT_EQ(machine.steps_done(), 0u);
}

}  // namespace
}  // namespace rr::test
