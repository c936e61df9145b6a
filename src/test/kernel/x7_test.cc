// Quirk x7: which stops show and accept the program's x7.
#include <csignal>
#include <gtest/gtest.h>

#include "traced_child.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using kernel::Resume;

extern "C" const char x7_get_pid, x7_fork;
asm(R"(
  .pushsection .text
  .balign 4
  .globl x7_get_pid, x7_fork
x7_get_pid:
  mov x7, #0x777        // 0
  mov x8, #172          // 1  getpid
  svc #0                // 2
  add x1, x1, #1        // 3
  brk #0                // 4
x7_fork:
  mov x7, #0x777        // 0
  mov x0, #17           // 1  SIGCHLD
  mov x1, #0            // 2
  mov x2, #0            // 3
  mov x3, #0            // 4
  mov x4, #0            // 5
  mov x8, #220          // 6  clone
  svc #0                // 7
  brk #0                // 8
  .popsection
)");

constexpr uint64_t kProgramX7 = 0x777;

TEST(X7, IsHiddenAtEntryAndExitStopsAndTrueAtTheSeccompStopBetween) {
  TracedChild child(x7_get_pid, kFiltered);
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_EQ(child.x(7), 0u);
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SeccompStop>(), nullptr);
  EXPECT_EQ(child.x(7), kProgramX7);
  const uint64_t program_x7 = child.x(7);
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_EQ(child.x(7), 1u);

  const Registers claimed = aarch64::with_program_x7(child.registers(), program_x7);
  kernel::interrupt(child.tid());
  child.go(Resume::kContinue);
  ASSERT_NE(child.now().as<kernel::InterruptStop>(), nullptr);
  EXPECT_TRUE(Arch::same_state(claimed, child.registers())) << "the work-around tells the truth";
}

TEST(X7, IsHiddenAtAnEmulatedCallAndTrueAtThePseudoStepBehindIt) {
  TracedChild child(x7_get_pid);
  child.go(Resume::kEmulate);
  EXPECT_EQ(child.x(7), 0u);
  child.go(Resume::kStep);
  ASSERT_EQ(child.trap(), TrapKind::kPseudoStep);
  EXPECT_EQ(child.x(7), kProgramX7);
}

TEST(X7, DropsWhatIsWrittenAtEntryAndExitStops) {
  TracedChild child(x7_get_pid);
  child.go(Resume::kSyscall);
  child.set_x(7, 0xabc);
  child.go(Resume::kSyscall);
  child.set_x(7, 0xdef);
  child.go(Resume::kContinue);
  ASSERT_EQ(child.trap(), TrapKind::kBreakpoint);
  EXPECT_EQ(child.x(7), kProgramX7);
}

TEST(X7, IsWritableAtTheSeccompStop) {
  TracedChild child(x7_get_pid, kFiltered);
  child.go(Resume::kContinue);
  ASSERT_NE(child.now().as<kernel::SeccompStop>(), nullptr);
  child.set_x(7, 0xabc);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(7), 0xabcu);
}

TEST(X7, IsWritableOneStepAfterAnEntryOrAnEmulatedCall) {
  for (const Resume how : {Resume::kSyscall, Resume::kEmulate}) {
    TracedChild child(x7_get_pid);
    child.go(how);
    child.go(Resume::kStep);
    ASSERT_EQ(child.trap(), TrapKind::kPseudoStep);
    EXPECT_EQ(child.at(), 3) << "no instruction of the program has run";
    child.set_x(7, 0xabc);
    child.go(Resume::kContinue);
    EXPECT_EQ(child.x(7), 0xabcu);
  }
}

TEST(X7, IsWritableAfterAnExitStopByWayOfAnInterrupt) {
  TracedChild child(x7_get_pid);
  child.go(Resume::kSyscall);
  child.go(Resume::kSyscall);
  kernel::interrupt(child.tid());
  child.go(Resume::kContinue);
  ASSERT_NE(child.now().as<kernel::InterruptStop>(), nullptr);
  EXPECT_EQ(child.at(), 3) << "no instruction of the program has run";
  EXPECT_EQ(child.x(7), kProgramX7);
  child.set_x(7, 0xabc);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(7), 0xabcu);
}

TEST(X7, IsTrueAtASignalStop) {
  TracedChild child(x7_get_pid);
  child.step_to(1);
  child.send(SIGUSR1);
  child.go(Resume::kContinue);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  EXPECT_EQ(child.x(7), kProgramX7);
  child.set_x(7, 0xabc);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(7), 0xabcu);
}

TEST(X7, IsTrueAtAForkAndInTheNewChild) {
  TracedChild child(x7_fork);
  child.go(Resume::kContinue);
  const auto* event = child.now().as<kernel::CloneStop>();
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(child.x(7), kProgramX7);
  kernel::Stopped grandchild = kernel::wait_stopped(kernel::Running(event->child));
  EXPECT_NE(grandchild.as<kernel::InterruptStop>(), nullptr);
  EXPECT_EQ(grandchild.registers().x[7], kProgramX7);
  EXPECT_EQ(grandchild.registers().x[0], 0u);
  Registers changed = grandchild.registers();
  changed.x[7] = 0xabc;
  grandchild.set_registers(changed);
  const kernel::Stopped later =
      kernel::wait_stopped(std::move(grandchild).resume(Resume::kContinue));
  EXPECT_EQ(later.registers().x[7], 0xabcu);
  kill_traced(later.tid());
}

}  // namespace
}  // namespace rr::test
