#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "gdb/thread_id.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

using Replies = std::vector<std::string>;

constexpr machine::TaskId kSecond{Pid{41}, Tid{42}};

// The counter with a second thread, which runs one instruction behind each of the first five of
// the counter.
FakeScript two_threads() {
  FakeScript script = counting_program(5);
  FakeTask second = script.tasks.front();
  second.info = {.id = kSecond, .name = "helper"};
  second.registers.x[0] = 0x77;
  second.registers.pc = 0x400000;
  script.tasks.push_back(second);
  for (size_t i = 1; i < 10; i += 2) {
    script.steps.insert(script.steps.begin() + static_cast<std::ptrdiff_t>(i),
                        FakeStep{.task = kSecond});
  }
  return script;
}

class GdbThreads : public testing::Test {
 protected:
  FakeMachine machine{two_threads()};
};

TEST_F(GdbThreads, AreListed) {
  EXPECT_EQ(replies(machine, {"qfThreadInfo", "qsThreadInfo"}), (Replies{"m29,2a", "l"}));
  EXPECT_EQ(reply(machine, {kHello, "qfThreadInfo"}), "mp29.29,p29.2a");
}

TEST_F(GdbThreads, HaveNames) {
  EXPECT_EQ(reply(machine, {"qThreadExtraInfo,2a"}), gdb::to_hex_text("helper"));
  EXPECT_NE(reply(machine, {kHello, "qXfer:threads:read::0,1000"})
                .find("<thread id=\"p29.2a\" name=\"helper\"/>"),
            std::string::npos);
}

TEST_F(GdbThreads, ANameCannotBreakTheList) {
  FakeScript script = two_threads();
  script.tasks[1].info.name = "<a&\"\xff>";
  FakeMachine other(script);
  EXPECT_NE(reply(other, {"qXfer:threads:read::0,1000"}).find("name=\"&#60;a&#38;&#34;?&#62;\""),
            std::string::npos);
}

TEST_F(GdbThreads, AreSelectedForReading) {
  EXPECT_EQ(replies(machine, {"Hg2a", "p0", "Hg29", "p0", "qC"}),
            (Replies{"OK", "7700000000000000", "OK", "0000000000000000", "QC29"}));
}

TEST_F(GdbThreads, ThatDoNotExistAreNotSelected) {
  EXPECT_EQ(reply(machine, {"Hg55"}), "E.no such thread");
  EXPECT_EQ(reply(machine, {kHello, "Hgp30.29"}), "E.no such thread");
  EXPECT_EQ(reply(machine, {"Hz1"}), "");
  EXPECT_EQ(reply(machine, {"H"}).substr(0, 2), "E.");
  EXPECT_EQ(reply(machine, {"Hgxyz"}).substr(0, 2), "E.");
}

TEST_F(GdbThreads, AnyThreadIsTheStoppedOne) {
  EXPECT_EQ(replies(machine, {"Hg2a", "Hg0", "qC"}).back(), "QC29");
  EXPECT_EQ(replies(machine, {"Hg2a", "Hc-1", "qC"}).back(), "QC2a");
}

TEST_F(GdbThreads, LifeIsAskedFor) {
  EXPECT_EQ(reply(machine, {"T2a"}), "OK");
  EXPECT_EQ(reply(machine, {"T2b"}), "E01");
}

TEST_F(GdbThreads, TheOneNamedIsStepped) {
  const Replies all = replies(machine, {kHello, "vCont;s:p29.2a;c"});
  EXPECT_TRUE(all[1].starts_with("T05thread:p29.2a;")) << all[1];
  EXPECT_EQ(machine.registers(kSecond).pc, 0x400004U);
}

TEST_F(GdbThreads, TheLeftmostActionOfAThreadCounts) {
  const Replies all = replies(machine, {kHello, "vCont;c:p29.29;s:p29.-1"});
  EXPECT_TRUE(all[1].starts_with("T05thread:p29.2a;")) << all[1];
}

TEST_F(GdbThreads, AStopSelectsItsThread) {
  EXPECT_EQ(replies(machine, {"vCont;s:2a", "qC"}).back(), "QC2a");
}

TEST_F(GdbThreads, OnesThatHaveEndedAreGone) {
  FakeScript script = two_threads();
  script.steps[9].ends_thread = true;
  FakeMachine other(script);
  const Replies all = replies(other, {"Hg2a", "Z0,400014,4", "c", "qfThreadInfo", "T2a"});
  EXPECT_EQ(all[3], "m29");
  EXPECT_EQ(all[4], "E01");
}

TEST(GdbThreadId, IsReadInEachForm) {
  using gdb::TaskPattern;
  EXPECT_EQ(gdb::parse_task_pattern("p29.2a"), (TaskPattern{Pid{41}, Tid{42}}));
  EXPECT_EQ(gdb::parse_task_pattern("p29.-1"), (TaskPattern{Pid{41}, std::nullopt}));
  EXPECT_EQ(gdb::parse_task_pattern("p29"), (TaskPattern{Pid{41}, std::nullopt}));
  EXPECT_EQ(gdb::parse_task_pattern("2a"), (TaskPattern{std::nullopt, Tid{42}}));
  EXPECT_EQ(gdb::parse_task_pattern("-1"), TaskPattern{});
  EXPECT_EQ(gdb::parse_task_pattern("0"), TaskPattern{});
  for (const char* bad : {"", "p", "p.", "p1.", "x", "-2", "80000000", "p80000000.1"}) {
    EXPECT_EQ(gdb::parse_task_pattern(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace rr::test
