// Quirks restart and original-argument: a call that a signal interrupts, and what of it the
// restarted call is made from.
#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <sys/ptrace.h>
#include <unistd.h>

#include "arch/aarch64/signal_frame.h"
#include "arch/aarch64/syscall_numbers.h"
#include "traced_child.h"
#include "tracee/remote_call.h"
#include "tracee/thread.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using kernel::Resume;

extern "C" const char restart_call, restart_handler;
asm(R"(
  .pushsection .text
  .balign 4
  .globl restart_call, restart_handler
restart_call:           // x0, x1, x2, x8 are the test's
  nop                   // 0
  svc #0                // 1
  add x3, x3, #1        // 2
  brk #0                // 3
restart_handler:
  ret
  .popsection
)");

constexpr int64_t kSvc = 1;
constexpr int64_t kBehindSvc = 2;

std::array<int, 2> empty_pipe;  // two pipes that nothing is ever written to
std::array<int, 2> other_pipe;
std::array<char, 16> buffer;
timespec one_hour{3600, 0};

void handle_usr1(int flags) {
  struct sigaction action {};
  action.sa_handler =
      reinterpret_cast<void (*)(int)>(reinterpret_cast<uintptr_t>(&restart_handler));
  action.sa_flags = flags;
  ::sigaction(SIGUSR1, &action, nullptr);
}
void handle_usr1_without_restart() { handle_usr1(0); }
void handle_usr1_with_restart() { handle_usr1(SA_RESTART); }

class Restart : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe(empty_pipe.data()), 0);
    ASSERT_EQ(::pipe(other_pipe.data()), 0);
  }
  void TearDown() override {
    for (const int fd : {empty_pipe[0], empty_pipe[1], other_pipe[0], other_pipe[1]}) ::close(fd);
  }
};
using OriginalArgument = Restart;

uint64_t empty_fd() { return static_cast<uint64_t>(empty_pipe[0]); }
uint64_t other_fd() { return static_cast<uint64_t>(other_pipe[0]); }
uint64_t value(int64_t result) { return static_cast<uint64_t>(result); }

void prepare_read(TracedChild& child) {
  child.set_x(0, empty_fd());
  child.set_x(1, address_of(buffer.data()).value);
  child.set_x(2, 8);
  child.set_x(8, aarch64::kSysRead);
}

// From the entry stop on: the call sleeps, is interrupted, and stands at its exit stop.
void interrupt_call(TracedChild& child) {
  child.start(Resume::kSyscall);
  child.wait_until_asleep();
  child.send(SIGUSR1);
  child.wait();
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  ASSERT_TRUE(aarch64::is_restart_result(Arch::syscall_result(child.registers())));
}

void go_to_signal_stop_of_read(TracedChild& child) {
  prepare_read(child);
  child.go(Resume::kSyscall);
  interrupt_call(child);
  child.go(Resume::kSyscall);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
}

TEST_F(Restart, IsDecidedBeforeTheSignalStopWhichShowsTheCallRewound) {
  TracedChild child(restart_call);
  prepare_read(child);
  child.go(Resume::kSyscall);
  interrupt_call(child);
  EXPECT_EQ(Arch::syscall_result(child.registers()), aarch64::kRestartSys);
  EXPECT_EQ(child.at(), kBehindSvc);
  const Registers at_exit = child.registers();
  child.go(Resume::kSyscall);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  EXPECT_EQ(child.at(), kSvc);
  EXPECT_EQ(child.x(0), empty_fd()) << "the errno is gone";
  EXPECT_EQ(child.now().system_call(), -1);
  const Registers rewound = aarch64::at_syscall_instruction(at_exit);
  EXPECT_EQ(child.registers().pc, rewound.pc);
}

TEST_F(Restart, HappensWhenTheSignalIsDropped) {
  TracedChild child(restart_call);
  go_to_signal_stop_of_read(child);
  child.go(Resume::kSyscall, 0);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_EQ(child.now().system_call(), aarch64::kSysRead);
  EXPECT_EQ(child.x(0), empty_fd());
}

// The frame of a handler holds what the program goes on with; it also shows where the frame's
// registers are.
TEST_F(Restart, BecomesEintrInTheFrameOfAHandlerWithoutSaRestart) {
  TracedChild child(restart_call, {.prepare = handle_usr1_without_restart});
  go_to_signal_stop_of_read(child);
  child.go(Resume::kStep, SIGUSR1);
  ASSERT_EQ(child.trap(), TrapKind::kHandlerEntered);
  const Address sp = Arch::sp(child.registers());
  const auto memory = child.memory();
  EXPECT_EQ(memory.read_object<uint64_t>(aarch64::saved_register(sp, 0)), value(-EINTR));
  EXPECT_EQ(memory.read_object<uint64_t>(aarch64::saved_register(sp, 2)), 8u);
  EXPECT_EQ(memory.read_object<uint64_t>(aarch64::saved_register(sp, 32)),
            address_of(&restart_call).value + kBehindSvc * 4);
}

TEST_F(Restart, StandsInTheFrameOfAHandlerWithSaRestart) {
  TracedChild child(restart_call, {.prepare = handle_usr1_with_restart});
  go_to_signal_stop_of_read(child);
  child.go(Resume::kStep, SIGUSR1);
  ASSERT_EQ(child.trap(), TrapKind::kHandlerEntered);
  const Address sp = Arch::sp(child.registers());
  const auto memory = child.memory();
  EXPECT_EQ(memory.read_object<uint64_t>(aarch64::saved_register(sp, 0)), empty_fd());
  EXPECT_EQ(memory.read_object<uint64_t>(aarch64::saved_register(sp, 32)),
            address_of(&restart_call).value + kSvc * 4);
}

// A call injected at the signal stop makes the kernel forget that a call was interrupted: the
// handler's frame then shows the restart even without SA_RESTART. The tracer must not inject there.
TEST_F(Restart, IsNoLongerTurnedIntoEintrAfterAnInjectedCall) {
  TracedChild child(restart_call, {.prepare = handle_usr1_without_restart});
  go_to_signal_stop_of_read(child);
  const Registers interrupted = child.registers();
  const kernel::ProcessMemory memory = child.memory();
  child.set_x(8, aarch64::kSysGetpid);
  child.go(Resume::kSyscall);
  child.go(Resume::kSyscall);
  ASSERT_EQ(child.x(0), static_cast<uint64_t>(child.tid().value));
  child.now().set_registers(interrupted);
  child.send(SIGUSR1);
  child.go(Resume::kContinue);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  child.go(Resume::kStep, SIGUSR1);
  ASSERT_EQ(child.trap(), TrapKind::kHandlerEntered);
  const Address sp = Arch::sp(child.registers());
  EXPECT_EQ(memory.read_object<uint64_t>(aarch64::saved_register(sp, 0)), empty_fd());
}

TEST_F(Restart, OfASleepLeavesTheNumberOfRestartSyscallInX8) {
  TracedChild child(restart_call);
  child.set_x(0, address_of(&one_hour).value);
  child.set_x(1, 0);
  child.set_x(8, 101);  // nanosleep
  child.go(Resume::kSyscall);
  interrupt_call(child);
  EXPECT_EQ(Arch::syscall_result(child.registers()), aarch64::kRestartBlock);
  child.go(Resume::kSyscall);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  EXPECT_EQ(child.x(8), 101u);
  child.go(Resume::kSyscall, 0);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_EQ(child.now().system_call(), aarch64::kSysRestartSyscall);
  child.now().set_system_call(-1);
  child.set_x(0, 0);
  child.go(Resume::kContinue);
  ASSERT_EQ(child.trap(), TrapKind::kBreakpoint);
  EXPECT_EQ(child.x(8), uint64_t{aarch64::kSysRestartSyscall}) << "as the program finds it";
}

TEST_F(Restart, ReadsTheNumberFromX8Again) {
  TracedChild child(restart_call);
  prepare_read(child);
  child.set_x(8, aarch64::kSysGetpid);
  child.go(Resume::kSyscall);
  child.now().set_system_call(aarch64::kSysRead);
  interrupt_call(child);
  child.go(Resume::kSyscall);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  child.go(Resume::kSyscall, 0);
  EXPECT_EQ(child.now().system_call(), aarch64::kSysGetpid) << "the tracer's change is gone";
}

TEST_F(Restart, MakesAStepEndWhereItBegan) {
  TracedChild child(restart_call);
  prepare_read(child);
  child.step_to(kSvc);
  const Registers before = child.registers();
  child.start(Resume::kStep);
  child.wait_until_asleep();
  child.send(SIGUSR1);
  child.wait();
  // The forced SIGTRAP comes first, or the signal does; either way nothing has been completed.
  if (!child.now().is_signal(SIGUSR1)) {
    EXPECT_EQ(child.trap(), TrapKind::kPseudoStep);
    EXPECT_TRUE(aarch64::will_call_again(before, child.registers()));
    child.go(Resume::kStep);
  }
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  EXPECT_TRUE(aarch64::will_call_again(before, child.registers()));
}

bool writes_reach_original_argument() {
  TracedChild child(restart_call);
  prepare_read(child);
  child.go(Resume::kSyscall);
  child.set_x(0, other_fd());
  child.now().flush_registers();
  return child.now().original_argument0() == other_fd();
}

TEST_F(OriginalArgument, DecidesARestartWhetherOrNotRegisterWritesReachIt) {
  const bool is_synced = writes_reach_original_argument();
  TracedChild child(restart_call);
  prepare_read(child);
  child.go(Resume::kSyscall);
  child.set_x(0, other_fd());
  interrupt_call(child);
  child.go(Resume::kSyscall);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  EXPECT_EQ(child.x(0), is_synced ? other_fd() : empty_fd());
}

TEST_F(OriginalArgument, CanBeSetRightAtTheSignalStop) {
  TracedChild child(restart_call);
  prepare_read(child);
  child.go(Resume::kSyscall);
  child.set_x(0, other_fd());
  interrupt_call(child);
  child.go(Resume::kSyscall);
  ASSERT_TRUE(child.now().is_signal(SIGUSR1));
  child.set_x(0, other_fd());
  child.go(Resume::kSyscall, 0);
  EXPECT_EQ(child.x(0), other_fd());
  EXPECT_EQ(child.now().original_argument0(), other_fd());
}

TEST_F(OriginalArgument, IsSetBySetSyscallInfoWhereThatExists) {
  constexpr int kSetSyscallInfo = 0x4212;  // include/uapi/linux/ptrace.h, from 6.16
  TracedChild child(restart_call);
  prepare_read(child);
  child.go(Resume::kSyscall);
  __ptrace_syscall_info info{};
  const auto request = [&](int what) {
    return ::ptrace(static_cast<__ptrace_request>(what), child.tid().value, sizeof info, &info);
  };
  ASSERT_GT(request(PTRACE_GET_SYSCALL_INFO), 0);
  ASSERT_EQ(info.op, PTRACE_SYSCALL_INFO_ENTRY);
  info.entry.args[0] = other_fd();
  if (request(kSetSyscallInfo) < 0) {
    ASSERT_EQ(errno, EIO);
    GTEST_SKIP() << "this kernel has no PTRACE_SET_SYSCALL_INFO";
  }
  EXPECT_EQ(child.now().original_argument0(), other_fd());
  EXPECT_EQ(child.raw_registers().x[0], other_fd());
}

}  // namespace
}  // namespace rr::test
