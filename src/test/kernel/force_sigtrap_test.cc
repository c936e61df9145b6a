// Quirk force-sigtrap: a trap whose signal is blocked or ignored unblocks it and resets its
// disposition before the tracer sees the stop.
#include <csignal>
#include <gtest/gtest.h>
#include <memory>

#include "arch/aarch64/syscall_numbers.h"
#include "traced_child.h"
#include "tracee/remote_call.h"
#include "tracee/thread.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using kernel::Resume;
using tracee::RemoteCall;

extern "C" const char trap_program, trap_handler;
asm(R"(
  .pushsection .text
  .balign 4
  .globl trap_program, trap_handler
trap_program:
  nop                   // 0
  mov x8, #172          // 1  getpid
  svc #0                // 2
  brk #0                // 3
trap_handler:
  ret
  .popsection
)");

constexpr int64_t kSvc = 2;

// As struct sigaction of the kernel (include/linux/signal_types.h on arm64).
struct KernelSigaction {
  uint64_t handler;
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};
KernelSigaction wanted_action;

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(SIGTRAP, &action, nullptr);
}
void block_and_handle_sigtrap() {
  handle(reinterpret_cast<void (*)(int)>(reinterpret_cast<uintptr_t>(&trap_handler)));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTRAP);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}
void ignore_sigtrap() { handle(SIG_IGN); }
void handle_sigtrap() {
  handle(reinterpret_cast<void (*)(int)>(reinterpret_cast<uintptr_t>(&trap_handler)));
}

bool is_blocked_and_handled(const TracedChild& child) {
  return child.is_in_status("SigBlk", SIGTRAP) && child.is_in_status("SigCgt", SIGTRAP);
}
bool is_reset(const TracedChild& child) {
  return !child.is_in_status("SigBlk", SIGTRAP) && !child.is_in_status("SigCgt", SIGTRAP) &&
         !child.is_in_status("SigIgn", SIGTRAP);
}

void go_to_breakpoint(TracedChild& child) {
  child.go(Resume::kContinue);
  ASSERT_EQ(child.trap(), TrapKind::kBreakpoint);
}
void take_step(TracedChild& child) {
  child.go(Resume::kStep);
  ASSERT_EQ(child.trap(), TrapKind::kStep);
}
void take_pseudo_step(TracedChild& child) {
  child.go(Resume::kSyscall);
  child.go(Resume::kStep);
  ASSERT_EQ(child.trap(), TrapKind::kPseudoStep);
}

class ForceSigtrap : public testing::TestWithParam<void (*)(TracedChild&)> {};

TEST_P(ForceSigtrap, ResetsABlockedSignal) {
  TracedChild child(trap_program, {.prepare = block_and_handle_sigtrap});
  ASSERT_TRUE(is_blocked_and_handled(child));
  GetParam()(child);
  EXPECT_TRUE(is_reset(child));
}

TEST_P(ForceSigtrap, ResetsAnIgnoredSignal) {
  TracedChild child(trap_program, {.prepare = ignore_sigtrap});
  ASSERT_TRUE(child.is_in_status("SigIgn", SIGTRAP));
  GetParam()(child);
  EXPECT_TRUE(is_reset(child));
}

TEST_P(ForceSigtrap, LeavesAHandledUnblockedSignalAlone) {
  TracedChild child(trap_program, {.prepare = handle_sigtrap});
  GetParam()(child);
  EXPECT_TRUE(child.is_in_status("SigCgt", SIGTRAP));
}

INSTANTIATE_TEST_SUITE_P(ByBreakpointStepAndPseudoStep, ForceSigtrap,
                         testing::Values(go_to_breakpoint, take_step, take_pseudo_step));

TEST(ForceSigtrapAvoided, ByEntryAndExitStops) {
  TracedChild child(trap_program, {.prepare = block_and_handle_sigtrap});
  child.go(Resume::kSyscall);
  child.go(Resume::kSyscall);
  EXPECT_EQ(child.at(), kSvc + 1);
  EXPECT_TRUE(is_blocked_and_handled(child));
}

tracee::Thread thread_of(TracedChild& child) {
  return {child.tid(), Pid{child.tid().value}, std::move(child.now()),
          std::make_shared<tracee::AddressSpace>(child.tid()),
          tracee::TickClock(tracee::make_tick_source({}, child.tid()), {})};
}

Address svc_of_program() { return address_of(&trap_program) + kSvc * 4; }

TEST(ForceSigtrapAvoided, ByRemoteCallsThroughSyscallStops) {
  TracedChild child(trap_program, {.prepare = block_and_handle_sigtrap});
  tracee::Thread thread = thread_of(child);
  {
    RemoteCall remote(thread, RemoteCall::Via::kSyscallStops, svc_of_program());
    EXPECT_EQ(remote.call(aarch64::kSysGetpid), child.tid().value);
  }
  EXPECT_TRUE(is_blocked_and_handled(child));
}

TEST(ForceSigtrapAvoided, NotByRemoteCallsToABreakpoint) {
  TracedChild child(trap_program, {.prepare = block_and_handle_sigtrap});
  tracee::Thread thread = thread_of(child);
  {
    RemoteCall remote(thread, RemoteCall::Via::kBreakpoint, svc_of_program());
    EXPECT_EQ(remote.call(aarch64::kSysGetpid), child.tid().value);
  }
  EXPECT_TRUE(is_reset(child));
}

TEST(ForceSigtrapUndone, BySettingTheMaskAndInjectingSigaction) {
  TracedChild child(trap_program, {.prepare = block_and_handle_sigtrap});
  const uint64_t mask = child.now().signal_mask();
  take_step(child);
  ASSERT_TRUE(is_reset(child));
  tracee::Thread thread = thread_of(child);
  const KernelSigaction action{address_of(&trap_handler).value, 0, 0, 0};
  thread.space().write_all(address_of(&wanted_action), bytes_of(action));
  {
    RemoteCall remote(thread, RemoteCall::Via::kSyscallStops, svc_of_program());
    EXPECT_EQ(remote.call(aarch64::kSysRtSigaction, SIGTRAP, address_of(&wanted_action).value, 0,
                          sizeof mask),
              0);
  }
  thread.stopped().set_signal_mask(mask);
  EXPECT_TRUE(is_blocked_and_handled(child));
}

}  // namespace
}  // namespace rr::test
