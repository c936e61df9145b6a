// The packets that only lldb sends.
#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

using machine::TaskId;

class GdbLldb : public testing::Test {
 protected:
  FakeMachine machine{counting_program(20)};
};

TEST_F(GdbLldb, TheHostIsDescribed) {
  const std::string host = reply(machine, {"qHostInfo"});
  EXPECT_NE(host.find("triple:" + gdb::to_hex_text("aarch64-unknown-linux-gnu") + ";"), host.npos);
  EXPECT_NE(host.find("watchpoint_exceptions_received:after;"), host.npos);
  EXPECT_TRUE(reply(machine, {"qProcessInfo"}).starts_with("pid:29;"));
  EXPECT_EQ(reply(machine, {"qWatchpointSupportInfo:"}), "num:4;");
}

TEST_F(GdbLldb, RegistersAreDescribedOneByOne) {
  EXPECT_EQ(reply(machine, {"qRegisterInfo0"}),
            "name:x0;bitsize:64;offset:0;encoding:uint;format:hex;set:General Registers;"
            "generic:arg1;");
  EXPECT_EQ(reply(machine, {"qRegisterInfo20"}),
            "name:pc;bitsize:64;offset:256;encoding:uint;format:hex;set:General Registers;"
            "generic:pc;");
  EXPECT_NE(reply(machine, {"qRegisterInfo22"}).find("name:v0;bitsize:128;offset:268;"),
            std::string::npos);
  EXPECT_EQ(reply(machine, {"qRegisterInfofff"}), "E45");
}

TEST_F(GdbLldb, ARegisterPacketMayNameItsThread) {
  EXPECT_EQ(reply(machine, {"QThreadSuffixSupported", "p20;thread:0029;"}), "0000400000000000");
  EXPECT_EQ(reply(machine, {"g;thread:29;"}), reply(machine, {"g"}));
  EXPECT_EQ(reply(machine, {"p20;thread:31;"}), "E.no such thread");
}

TEST_F(GdbLldb, AStopListsTheThreadsWhenAskedTo) {
  const auto all = replies(machine, {"QListThreadsInStopReply", "QThreadSuffixSupported", "s"});
  EXPECT_NE(all[2].find("threads:29;thread-pcs:400004;"), std::string::npos) << all[2];
  EXPECT_NE(all[2].find("reason:trace;"), std::string::npos) << all[2];
}

TEST_F(GdbLldb, WhatAMonitorCommandSaysIsSentAsOutput) {
  const auto all =
      replies(machine, {"QThreadSuffixSupported", "qRcmd," + gdb::to_hex_text("when")});
  EXPECT_EQ(all[1], "O" + gdb::to_hex_text("Completed event: 0\n"));
  EXPECT_EQ(all[2], "OK");
}

TEST_F(GdbLldb, ABreakpointIsItsReason) {
  const auto all = replies(machine, {"QThreadSuffixSupported", "Z0,400008,4", "c", "jThreadsInfo"});
  EXPECT_NE(all[2].find("reason:breakpoint;"), std::string::npos) << all[2];
  EXPECT_TRUE(
      all[3].starts_with("[{\"tid\":41,\"name\":\"counter\",\"signal\":5,"
                         "\"reason\":\"breakpoint\",\"registers\":{\"29\":"))
      << all[3];
}

TEST_F(GdbLldb, AWatchpointIsToldBehindTheAccessAndNoStepIsFeigned) {
  const auto all = replies(machine, {"QThreadSuffixSupported", "Z2,410000,8", "c", "s", "p20"});
  EXPECT_TRUE(all[2].starts_with("T05watch:410000;")) << all[2];
  EXPECT_EQ(all[4], "1000400000000000");
}

TEST_F(GdbLldb, OneThreadCanBeAskedWhyItStands) {
  EXPECT_TRUE(reply(machine, {"qThreadStopInfo29"}).starts_with("T05"));
  EXPECT_EQ(reply(machine, {"qThreadStopInfo30"}), "E.no such thread");
}

TEST_F(GdbLldb, MemoryRegionsAreMappingsAndTheGapsBetween) {
  const std::string code = reply(machine, {"qMemoryRegionInfo:400004"});
  EXPECT_TRUE(code.starts_with("start:400000;size:1c;permissions:rx;name:")) << code;
  EXPECT_EQ(reply(machine, {"qMemoryRegionInfo:0"}), "start:0;size:400000;");
  EXPECT_EQ(reply(machine, {"qMemoryRegionInfo:405000"}), "start:40001c;size:ffe4;");
  EXPECT_EQ(reply(machine, {"qMemoryRegionInfo:800000"}), "start:800000;size:ffffffffff800000;");
}

TEST_F(GdbLldb, RegistersAreNotSavedByTheServer) {
  EXPECT_TRUE(reply(machine, {"QSaveRegisterState;thread:29;"}).starts_with("E."));
}

TEST_F(GdbLldb, PathsAreAskedAbout) {
  gdb::ServeOptions options;
  options.open_file = [](const std::string& path) {
    return path == "/self" ? gdb::open_host_file("/proc/self/comm") : OwnedFd();
  };
  const auto ask = [&](const std::string& what, const std::string& path) {
    return reply(machine, {"vFile:" + what + ":" + gdb::to_hex_text(path)}, options);
  };
  EXPECT_EQ(ask("exists", "/self"), "F,1");
  EXPECT_EQ(ask("exists", "/nothing"), "F,0");
  EXPECT_TRUE(ask("mode", "/self").starts_with("F8"));
  EXPECT_EQ(ask("size", "/self"), "F0");
  EXPECT_TRUE(ask("size", "/nothing").starts_with("F-1,"));
}

}  // namespace
}  // namespace rr::test
