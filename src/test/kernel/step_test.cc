// Quirks of single-stepping: pseudo-step, empty-step, step-flag, handler-step, preempted-step.
#include <csignal>
#include <gtest/gtest.h>

#include "traced_child.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using kernel::Resume;

extern "C" const char step_get_pid, step_handler;
asm(R"(
  .pushsection .text
  .balign 4
  .globl step_get_pid, step_handler
step_get_pid:           // index
  mov x7, #0x777        // 0
  mov x0, #0x55         // 1
  mov x8, #172          // 2  getpid
  svc #0                // 3
  add x1, x1, #1        // 4
  add x1, x1, #1        // 5
  brk #0                // 6
step_handler:
  add x2, x2, #1
  add x2, x2, #1
  ret
  .popsection
)");

constexpr int64_t kSvc = 3;
constexpr int64_t kBehindSvc = 4;

void handle_usr1() {
  struct sigaction action {};
  action.sa_handler = reinterpret_cast<void (*)(int)>(reinterpret_cast<uintptr_t>(&step_handler));
  sigfillset(&action.sa_mask);
  ::sigaction(SIGUSR1, &action, nullptr);
}

void expect_pseudo_step(TracedChild& child) {
  EXPECT_EQ(child.at(), kBehindSvc);
  const siginfo_t info = child.now().signal_info();
  EXPECT_EQ(info.si_signo, SIGTRAP);
  EXPECT_EQ(info.si_code, 0);
  EXPECT_EQ(info.si_pid, 0);
  EXPECT_EQ(child.trap(), TrapKind::kPseudoStep);
  EXPECT_EQ(child.x(7), 0x777u);
}

TEST(PseudoStep, EndsAStepOverACallWithCodeZeroAndTheProgramsX7) {
  TracedChild child(step_get_pid);
  child.step_to(kSvc);
  EXPECT_EQ(child.trap(), TrapKind::kStep);
  child.go(Resume::kStep);
  expect_pseudo_step(child);
  EXPECT_EQ(child.x(0), static_cast<uint64_t>(child.tid().value));
}

TEST(PseudoStep, EndsAStepFromTheEntryStop) {
  TracedChild child(step_get_pid);
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  child.go(Resume::kStep);
  expect_pseudo_step(child);
}

TEST(PseudoStep, EndsAStepFromTheSeccompStop) {
  TracedChild child(step_get_pid, {.filter = TracedChild::Filter::kTraceEveryCall});
  child.go(Resume::kContinue);
  ASSERT_NE(child.now().as<kernel::SeccompStop>(), nullptr);
  child.go(Resume::kStep);
  expect_pseudo_step(child);
}

TEST(PseudoStep, EndsAStepFromAnEmulatedCallWhoseArgumentStaysInX0) {
  TracedChild child(step_get_pid);
  child.go(Resume::kEmulate);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_EQ(child.at(), kBehindSvc);
  child.go(Resume::kStep);
  expect_pseudo_step(child);
  EXPECT_EQ(child.x(0), 0x55u);
}

TEST(PseudoStep, IsToldFromASentSigtrap) {
  TracedChild child(step_get_pid);
  child.send(SIGTRAP);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.at(), 0);
  EXPECT_EQ(child.trap(), TrapKind::kSent);
}

TEST(EmptyStep, FollowsAPseudoStepWhenRegistersAreNotWritten) {
  TracedChild child(step_get_pid);
  for (int64_t i = 0; i < kBehindSvc; ++i) child.raw_step();
  expect_pseudo_step(child);
  child.raw_step();
  EXPECT_EQ(child.at(), kBehindSvc) << "nothing has run";
  EXPECT_EQ(child.trap(), TrapKind::kStep);
  child.raw_step();
  EXPECT_EQ(child.at(), kBehindSvc + 1);
}

TEST(EmptyStep, FollowsAnEmulatingStepWhenRegistersAreNotWritten) {
  TracedChild child(step_get_pid);
  child.step_to(kSvc);
  child.go(Resume::kEmulateStep);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  child.raw_step();
  expect_pseudo_step(child);
  child.raw_step();
  EXPECT_EQ(child.at(), kBehindSvc) << "nothing has run";
}

TEST(EmptyStep, IsAvoidedByResume) {
  TracedChild child(step_get_pid);
  child.step_to(kSvc);
  child.go(Resume::kStep);
  expect_pseudo_step(child);
  child.go(Resume::kStep);
  EXPECT_EQ(child.at(), kBehindSvc + 1);
  EXPECT_EQ(child.trap(), TrapKind::kStep);

  TracedChild emulated(step_get_pid);
  emulated.step_to(kSvc);
  emulated.go(Resume::kEmulateStep);
  emulated.go(Resume::kStep);
  expect_pseudo_step(emulated);
  emulated.go(Resume::kStep);
  EXPECT_EQ(emulated.at(), kBehindSvc + 1);
}

TEST(StepFlag, TellsHowTheThreadWasResumedNotWhatItDid) {
  TracedChild stepped(step_get_pid);
  stepped.step_to(kBehindSvc + 1);
  EXPECT_NE(stepped.registers().pstate & aarch64::kPstateSingleStep, 0u);

  TracedChild ran(step_get_pid);
  ran.go(Resume::kContinue);
  EXPECT_EQ(ran.trap(), TrapKind::kBreakpoint);
  EXPECT_EQ(ran.registers().pstate & aarch64::kPstateSingleStep, 0u);

  Registers same = stepped.registers();
  same.pstate &= ~aarch64::kPstateSingleStep;
  EXPECT_TRUE(Arch::same_state(stepped.registers(), same));
  EXPECT_TRUE(aarch64::describe_differences(stepped.registers(), same).empty());
}

TEST(StepFlag, CannotBeWritten) {
  TracedChild child(step_get_pid);
  child.go(Resume::kContinue);
  Registers changed = child.raw_registers();
  changed.pstate |= aarch64::kPstateSingleStep;
  child.raw_set_registers(changed);
  EXPECT_EQ(child.raw_registers().pstate & aarch64::kPstateSingleStep, 0u);
}

TEST(HandlerStep, StopsBeforeTheHandlersFirstInstructionAndLeavesSigtrapAlone) {
  TracedChild child(step_get_pid, {.prepare = handle_usr1});
  child.step_to(1);
  child.send(SIGUSR1);
  child.go(Resume::kContinue);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  child.go(Resume::kStep, SIGUSR1);
  ASSERT_TRUE(child.now().is_signal(SIGTRAP));
  EXPECT_EQ(child.now().signal_info().si_code, SIGTRAP);
  EXPECT_EQ(child.trap(), TrapKind::kHandlerEntered);
  EXPECT_EQ(Arch::pc(child.registers()), address_of(&step_handler));
  EXPECT_EQ(child.x(0), static_cast<uint64_t>(SIGUSR1));
  EXPECT_TRUE(child.is_in_status("SigBlk", SIGTRAP)) << "the handler's mask is in force";
  child.go(Resume::kStep);
  EXPECT_EQ(Arch::pc(child.registers()), address_of(&step_handler) + 4);
  EXPECT_EQ(child.trap(), TrapKind::kStep);
}

TEST(PreemptedStep, RunsNothingWhenASignalIsPending) {
  TracedChild child(step_get_pid, {.prepare = handle_usr1});
  child.step_to(1);
  child.send(SIGUSR1);
  child.go(Resume::kStep);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  EXPECT_EQ(child.at(), 1) << "nothing has run";
  child.go(Resume::kStep);
  EXPECT_EQ(child.at(), 2);
  EXPECT_EQ(child.trap(), TrapKind::kStep);
}

}  // namespace
}  // namespace rr::test
