// The quirk killed-at-exit: what SIGKILL does to a thread at its exit stop.
#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "traced_child.h"

namespace rr::test {
namespace {

using kernel::Resume;

extern "C" const char exit_stop_program;
asm(R"(
  .pushsection .text
  .balign 4
  .globl exit_stop_program
exit_stop_program:
  mov x0, #3
  mov x8, #94  // exit_group
  svc #0
  .popsection
)");

class KilledAtExit : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(child_.go(Resume::kContinue).as<kernel::ExitStop>(), nullptr); }

  // Its destructor lets nobody go.
  void TearDown() override { kernel::kill_and_reap({child_.tid()}); }

  TracedChild child_{exit_stop_program};
};

TEST_F(KilledAtExit, OneWhoseProcessEndsStaysThere) {
  child_.send(SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child_.tid().value, &status, __WALL | WNOHANG), 0);
  EXPECT_EQ(child_.now().registers().x[8], 94U) << "it is stopped: it can be asked";
}

TEST_F(KilledAtExit, OneWhoseProcessEndsIsKilledAndReapedAllTheSame) {
  kernel::kill_and_reap({child_.tid()});
  EXPECT_EQ(::waitpid(child_.tid().value, nullptr, __WALL | WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace rr::test
