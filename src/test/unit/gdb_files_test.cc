#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

using Replies = std::vector<std::string>;
using namespace std::string_literals;

class GdbFiles : public testing::Test {
 protected:
  GdbFiles() {
    options.open_file = [](const std::string& path) {
      errno = path == "/secret" ? EACCES : ENOENT;
      if (path != "/bin/counter") return OwnedFd();
      OwnedFd fd(::memfd_create("counter", MFD_CLOEXEC));
      EXPECT_EQ(::write(fd.get(), "0123456789#$}*", 14), 14);
      return fd;
    };
  }
  static std::string open(const std::string& path, const std::string& flags = "0") {
    return "vFile:open:" + gdb::to_hex_text(path) + "," + flags + ",1c0";
  }

  FakeMachine machine{counting_program(3)};
  gdb::ServeOptions options;
};

TEST_F(GdbFiles, AreOpenedReadAndClosed) {
  EXPECT_EQ(
      replies(machine,
              {"vFile:setfs:0", open("/bin/counter"), "vFile:pread:1,4,2", "vFile:pread:1,100,a",
               "vFile:pread:1,100,e", "vFile:close:1", "vFile:pread:1,4,2"},
              options),
      (Replies{"F0", "F1", "F4;2345", "F4;#$}*", "F0;", "F0", "F-1,9"}));
}

TEST_F(GdbFiles, HaveAStatus) {
  const std::string status = replies(machine, {open("/bin/counter"), "vFile:fstat:1"}, options)[1];
  ASSERT_EQ(status.size(), 4 + 64U);
  EXPECT_EQ(status.substr(0, 4), "F40;");
  EXPECT_EQ(status.substr(4 + 28, 8), "\0\0\0\0\0\0\0\x0e"s);  // st_size
}

TEST_F(GdbFiles, FailInTheProtocolsNumbers) {
  EXPECT_EQ(reply(machine, {open("/none")}, options), "F-1,2");
  EXPECT_EQ(reply(machine, {open("/secret")}, options), "F-1,d");
  EXPECT_EQ(reply(machine, {"vFile:close:7"}, options), "F-1,9");
  EXPECT_EQ(reply(machine, {"vFile:fstat:ffffffffff"}, options), "F-1,9");
  EXPECT_EQ(reply(machine, {"vFile:open:zz,0,0"}, options).substr(0, 2), "E.");
}

TEST_F(GdbFiles, AreNeverWritten) {
  EXPECT_EQ(reply(machine, {open("/bin/counter", "1")}, options), "F-1,1e");
  EXPECT_EQ(reply(machine, {open("/bin/counter", "602")}, options), "F-1,1e");
}

TEST_F(GdbFiles, AreLimitedInNumber) {
  std::vector<std::string> packets(70, open("/bin/counter"));
  EXPECT_EQ(replies(machine, packets, options).back(), "F-1,18");
}

TEST_F(GdbFiles, ProcShowsTheRecordedProcess) {
  const Replies all =
      replies(machine,
              {open("/proc/41/maps"), "vFile:pread:1,1000,0", open("/proc/41/task/41/comm"),
               "vFile:pread:2,1000,0", "vFile:readlink:" + gdb::to_hex_text("/proc/41/exe")},
              options);
  EXPECT_NE(all[1].find("00400000-0040001c r-xp 00000000 00:00 0"), std::string::npos) << all[1];
  EXPECT_NE(all[1].find(" /bin/counter\n"), std::string::npos);
  EXPECT_EQ(all[3], "F8;counter\n");
  EXPECT_EQ(all[4], "Fc;/bin/counter");
}

TEST_F(GdbFiles, ProcShowsHowTheProgramWasStarted) {
  FakeScript script = counting_program(3);
  script.processes[kCounter.pid].info = {
      .arguments = {"counter", "to 3"}, .directory = "/home/them", .parent = Pid{7}};
  FakeMachine other(script);
  const Replies all = replies(
      other, {open("/proc/41/cmdline"), "vFile:pread:1,1000,0", open("/proc/41/stat"),
              "vFile:pread:2,1000,0", open("/proc/41/task/41/status"), "vFile:pread:3,1000,0",
              "vFile:readlink:" + gdb::to_hex_text("/proc/41/cwd")});
  EXPECT_EQ(all[1], "Fd;counter\0to 3\0"s);
  EXPECT_EQ(all[3], "F10;41 (counter) t 7");
  EXPECT_NE(all[5].find("Name:\tcounter\nState:\tt (tracing stop)\nTgid:\t41\nPid:\t41\nPPid:\t7\n"
                        "Threads:\t1\n"),
            std::string::npos)
      << all[5];
  EXPECT_EQ(all[6], "Fa;/home/them");
}

TEST_F(GdbFiles, ProcLeavesOutWhatIsNotKnown) {
  const Replies all = replies(machine, {open("/proc/41/cmdline"), "vFile:pread:1,1000,0",
                                        "vFile:readlink:" + gdb::to_hex_text("/proc/41/cwd")});
  EXPECT_EQ(all[1], "Fd;/bin/counter\0"s);
  EXPECT_EQ(all[2], "F-1,2");
}

TEST_F(GdbFiles, ProcNeverShowsTheHosts) {
  gdb::ServeOptions host;
  for (const char* path :
       {"/proc/1/maps", "/proc/self/maps", "/proc/41/mem", "/proc/41/task/9/comm", "/proc/meminfo",
        "/proc/99999999999/maps", "/proc/-41/maps"}) {
    EXPECT_EQ(reply(machine, {open(path)}, host), "F-1,2") << path;
  }
  EXPECT_EQ(reply(machine, {"vFile:readlink:" + gdb::to_hex_text("/proc/1/exe")}, host), "F-1,2");
}

TEST_F(GdbFiles, OnlyRegularFilesOfTheHostAreServed) {
  errno = 0;
  EXPECT_FALSE(gdb::open_host_file("/dev/zero").is_open());
  EXPECT_EQ(errno, EACCES);
  EXPECT_FALSE(gdb::open_host_file("/").is_open());
  EXPECT_EQ(errno, EISDIR);
  EXPECT_FALSE(gdb::open_host_file("/no/such/file").is_open());
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace rr::test
