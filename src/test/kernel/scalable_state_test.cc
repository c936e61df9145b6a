// What becomes of SVE's registers at stops, at system calls, in handlers and in children. On a CPU
// without SVE there is nothing to see.
#include "arch/aarch64/scalable_state.h"

#include <algorithm>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traced_child.h"

namespace rr::test {
namespace {

using aarch64::ScalableLayout;
using kernel::Resume;

extern "C" const char scalable_call, scalable_handler, scalable_fork;
asm(R"(
  .pushsection .text
  .balign 4
  .arch armv8.2-a+sve
  .globl scalable_call, scalable_handler, scalable_fork
scalable_call:
  ptrue p0.b            // 0
  ptrue p3.h            // 1
  setffr                // 2
  mov z0.b, #7          // 3
  mov z31.b, #9         // 4
  mov x8, #172          // 5  getpid
  svc #0                // 6
  brk #0                // 7
  str z31, [x1]         // 8
  str p3, [x2]          // 9
  rdffr p1.b            // 10
  str p1, [x3]          // 11
  brk #0                // 12
scalable_handler:
  str z31, [x10]        // 0
  str p3, [x11]         // 1
  rdffr p1.b            // 2
  str p1, [x12]         // 3
  brk #0                // 4
scalable_fork:
  ptrue p0.b            // 0
  ptrue p3.h            // 1
  setffr                // 2
  mov z31.b, #9         // 3
  mov x0, #17           // 4  SIGCHLD
  mov x1, #0            // 5
  mov x2, #0            // 6
  mov x3, #0            // 7
  mov x4, #0            // 8
  mov x8, #220          // 9  clone
  svc #0                // 10
  brk #0                // 11
  .popsection
)");

constexpr int64_t kCall = 6;
constexpr int64_t kStores = 8;

// What the program has stored; the child has a copy of it.
struct Stored {
  alignas(16) std::array<uint8_t, 256> vector;
  alignas(16) std::array<uint8_t, 32> predicate;
  alignas(16) std::array<uint8_t, 32> first_fault;
};
Stored stored;

void install_handler() {
  struct sigaction action {};
  action.sa_handler =
      reinterpret_cast<void (*)(int)>(reinterpret_cast<uintptr_t>(&scalable_handler));
  ::sigaction(SIGUSR1, &action, nullptr);
}

class ScalableState : public testing::Test {
 protected:
  void SetUp() override {
    constexpr unsigned long kHwcapSve = 1ul << 22;
    if ((::getauxval(AT_HWCAP) & kHwcapSve) == 0) GTEST_SKIP() << "this CPU has no SVE";
    stored = {};
  }
};

Bytes state_of(const kernel::Stopped& stopped) {
  return *stopped.register_set(aarch64::kNoteScalable);
}

// Whether there is anything beyond the 128-bit registers.
bool has_more(const kernel::Stopped& stopped) {
  return aarch64::comparable_vectors(state_of(stopped)).size() > sizeof(aarch64::FloatRegisters);
}

uint8_t byte_at(std::span<const std::byte> set, uint32_t offset) {
  return static_cast<uint8_t>(set[offset]);
}

void point_to_store(TracedChild& child, size_t first) {
  child.set_x(first, address_of(&stored.vector).value);
  child.set_x(first + 1, address_of(&stored.predicate).value);
  child.set_x(first + 2, address_of(&stored.first_fault).value);
}

Stored stored_by(const TracedChild& child) {
  return *child.memory().read_object<Stored>(address_of(&stored));
}

bool is_zero_beyond_float(const Stored& by_program) {
  const auto is_zero = [](uint8_t byte) { return byte == 0; };
  return std::ranges::all_of(std::span(by_program.vector).subspan(16), is_zero) &&
         std::ranges::all_of(by_program.predicate, is_zero) &&
         std::ranges::all_of(by_program.first_fault, is_zero);
}

TEST_F(ScalableState, IsShownWholeOnceItIsUsed) {
  TracedChild child(scalable_call);
  EXPECT_FALSE(has_more(child.now()));
  child.step_to(kCall);
  const Bytes set = state_of(child.now());
  ASSERT_TRUE(aarch64::is_whole(set));
  const ScalableLayout layout{aarch64::scalable_header(set)->length};
  EXPECT_EQ(set.size(), layout.size());
  EXPECT_EQ(byte_at(set, layout.vector(0)), 7);
  EXPECT_EQ(byte_at(set, layout.vector(31) + layout.length - 1), 9);
  EXPECT_EQ(byte_at(set, layout.predicate(3)), 0x55);
  EXPECT_EQ(byte_at(set, layout.first_fault()), 0xff);
}

TEST_F(ScalableState, IsTheSameInEitherForm) {
  TracedChild child(scalable_call);
  const Bytes before = state_of(child.now());
  child.now().set_register_set(aarch64::kNoteScalable, aarch64::whole_set(before));
  EXPECT_EQ(aarch64::comparable_vectors(state_of(child.now())),
            aarch64::comparable_vectors(before));
}

TEST_F(ScalableState, IsZeroBeyondTheFloatRegistersBehindACall) {
  TracedChild child(scalable_call, kFiltered);
  point_to_store(child, 1);
  child.go(Resume::kContinue);
  ASSERT_NE(child.now().as<kernel::SeccompStop>(), nullptr);
  EXPECT_FALSE(has_more(child.now())) << "at the seccomp stop";
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_FALSE(has_more(child.now())) << "at the exit stop";
  child.go(Resume::kContinue);
  EXPECT_FALSE(has_more(child.now())) << "behind the call";
  child.move_to(kStores);
  child.go(Resume::kContinue);
  const Stored by_program = stored_by(child);
  EXPECT_EQ(by_program.vector[0], 9);
  EXPECT_TRUE(is_zero_beyond_float(by_program));
}

TEST_F(ScalableState, IsZeroWithoutAnyStopAtTheCall) {
  TracedChild child(scalable_call);
  point_to_store(child, 1);
  child.go(Resume::kContinue);
  child.move_to(kStores);
  child.go(Resume::kContinue);
  EXPECT_EQ(stored_by(child).vector[15], 9);
  EXPECT_TRUE(is_zero_beyond_float(stored_by(child)));
}

TEST_F(ScalableState, IsKeptAtABreakpoint) {
  TracedChild child(scalable_call);
  point_to_store(child, 1);
  child.step_to(kCall);
  child.move_to(kCall + 1);
  child.go(Resume::kContinue);
  ASSERT_EQ(child.trap(), aarch64::TrapKind::kBreakpoint);
  EXPECT_TRUE(has_more(child.now()));
  child.move_to(kStores);
  child.go(Resume::kContinue);
  const Stored by_program = stored_by(child);
  EXPECT_EQ(by_program.vector[16], 9);
  EXPECT_EQ(by_program.predicate[0], 0x55);
  EXPECT_EQ(by_program.first_fault[0], 0xff);
}

TEST_F(ScalableState, IsTakenAwayByWritingWhatACallLeaves) {
  TracedChild child(scalable_call);
  point_to_store(child, 1);
  child.step_to(kCall);
  const Bytes after_call = aarch64::set_after_call(state_of(child.now()));
  ASSERT_TRUE(child.now().set_register_set(aarch64::kNoteScalable, after_call));
  EXPECT_FALSE(aarch64::is_whole(state_of(child.now())));
  child.move_to(kStores);
  child.go(Resume::kContinue);
  EXPECT_EQ(stored_by(child).vector[0], 9);
  EXPECT_TRUE(is_zero_beyond_float(stored_by(child)));
}

TEST_F(ScalableState, IsWrittenWhole) {
  TracedChild child(scalable_call);
  point_to_store(child, 1);
  child.step_to(kCall);
  const Bytes whole = state_of(child.now());
  child.now().set_register_set(aarch64::kNoteScalable, aarch64::set_after_call(whole));
  ASSERT_TRUE(child.now().set_register_set(aarch64::kNoteScalable, whole));
  child.move_to(kStores);
  child.go(Resume::kContinue);
  EXPECT_EQ(stored_by(child).vector[16], 9);
  EXPECT_EQ(stored_by(child).predicate[0], 0x55);
  EXPECT_EQ(stored_by(child).first_fault[0], 0xff);
}

TEST_F(ScalableState, ReachesAHandlerAsItIs) {
  TracedChild child(scalable_call, {.prepare = install_handler});
  child.step_to(kCall);
  point_to_store(child, 10);
  child.go(Resume::kStep, SIGUSR1);
  ASSERT_EQ(child.trap(), aarch64::TrapKind::kHandlerEntered);
  EXPECT_TRUE(has_more(child.now()));
  child.go(Resume::kContinue);
  const Stored by_program = stored_by(child);
  EXPECT_EQ(by_program.vector[16], 9);
  EXPECT_EQ(by_program.predicate[0], 0x55);
  EXPECT_EQ(by_program.first_fault[0], 0xff);
}

TEST_F(ScalableState, OfAChildIsZeroBeyondTheFloatRegisters) {
  TracedChild child(scalable_fork);
  child.go(Resume::kContinue);
  const auto* event = child.now().as<kernel::CloneStop>();
  ASSERT_NE(event, nullptr);
  const Tid born = event->child;
  const kernel::Stopped stopped = kernel::wait_stopped(kernel::Running(born));
  EXPECT_FALSE(has_more(stopped));
  const Bytes set = state_of(stopped);
  EXPECT_EQ(aarch64::comparable_vectors(set)[31 * 16], std::byte{9});
  kill_traced(born);
}

}  // namespace
}  // namespace rr::test
