#include <cstring>
#include <gtest/gtest.h>

#include "arch/aarch64/signal_frame.h"
#include "arch/aarch64/syscall_stops.h"

namespace rr::aarch64 {
namespace {

TEST(ArchSyscallStops, ClassifyTraps) {
  EXPECT_EQ(classify_trap(1, 0), TrapKind::kBreakpoint);
  EXPECT_EQ(classify_trap(2, 0), TrapKind::kStep);
  EXPECT_EQ(classify_trap(4, 0), TrapKind::kHardware);
  EXPECT_EQ(classify_trap(5, 0), TrapKind::kHandlerEntered);
  EXPECT_EQ(classify_trap(0, 0), TrapKind::kPseudoStep);
  EXPECT_EQ(classify_trap(0, 1234), TrapKind::kSent) << "kill(2)";
  EXPECT_EQ(classify_trap(-6, 1234), TrapKind::kSent) << "tgkill(2)";
}

TEST(ArchSyscallStops, PutTheProgramsX7Back) {
  Registers shown;
  shown.x[7] = 1;
  shown.x[0] = 42;
  Registers expected = shown;
  expected.x[7] = 0x777;
  EXPECT_EQ(with_program_x7(shown, 0x777), expected);
}

TEST(ArchSyscallStops, TellRestartsFromResults) {
  for (const int64_t result : {-512, -513, -514, -516}) EXPECT_TRUE(is_restart_result(result));
  for (const int64_t result : {0, -4, -511, -515, -517, 512}) {
    EXPECT_FALSE(is_restart_result(result)) << result;
  }
}

TEST(ArchSyscallStops, GoBetweenAnInstructionAndItsEnd) {
  Registers behind;
  behind.pc = 0x1004;
  EXPECT_EQ(at_syscall_instruction(behind).pc, 0x1000u);
  EXPECT_EQ(behind_syscall_instruction(at_syscall_instruction(behind)), behind);
  EXPECT_TRUE(will_call_again(at_syscall_instruction(behind), at_syscall_instruction(behind)));
  EXPECT_FALSE(will_call_again(at_syscall_instruction(behind), behind));
}

// Control word: enabled, user mode, kind, one bit for each watched byte.
constexpr uint32_t control(WatchKind kind, uint32_t bytes) {
  return 1 | 2 << 1 | static_cast<uint32_t>(kind) << 3 | bytes << 5;
}

TEST(ArchWatchSlots, ChooseBytesInAlignedWords) {
  EXPECT_EQ(watch_slots({{0x1000}, 8}, WatchKind::kWrite),
            (std::vector<WatchSlot>{{0x1000, control(WatchKind::kWrite, 0xff)}}));
  EXPECT_EQ(watch_slots({{0x1007}, 1}, WatchKind::kRead),
            (std::vector<WatchSlot>{{0x1000, control(WatchKind::kRead, 0x80)}}));
  EXPECT_EQ(watch_slots({{0x1001}, 2}, WatchKind::kReadOrWrite),
            (std::vector<WatchSlot>{{0x1000, control(WatchKind::kReadOrWrite, 0x06)}}));
}

TEST(ArchWatchSlots, TakeAsManyWordsAsTheRangeTouches) {
  EXPECT_EQ(watch_slots({{0x1006}, 12}, WatchKind::kWrite),
            (std::vector<WatchSlot>{{0x1000, control(WatchKind::kWrite, 0xc0)},
                                    {0x1008, control(WatchKind::kWrite, 0xff)},
                                    {0x1010, control(WatchKind::kWrite, 0x03)}}));
  EXPECT_TRUE(watch_slots({{0x1000}, 0}, WatchKind::kWrite).empty());
}

TEST(ArchWatchSlots, AreDisabledByTheirLowestBitAlone) {
  const WatchSlot slot = watch_slots({{0x1000}, 8}, WatchKind::kWrite).at(0);
  EXPECT_EQ(disabled(slot).control, slot.control - 1);
  EXPECT_EQ(disabled(slot).address, slot.address);
  EXPECT_EQ(disabled(disabled(slot)), disabled(slot));
}

// The frame as the kernel declares it, in plain types (arch/arm64/kernel/signal.c).
struct KernelFrame {
  std::byte siginfo[128];
  uint64_t uc_flags;
  uint64_t uc_link;
  uint64_t uc_stack[3];
  uint64_t uc_sigmask;
  std::byte uc_unused[1024 / 8 - 8];
  alignas(16) uint64_t fault_address;
  uint64_t x[31];
  uint64_t sp;
  uint64_t pc;
  uint64_t pstate;
};

TEST(ArchSignalFrame, HoldsRegistersWhereTheKernelPutsThem) {
  constexpr Address kSp{0x7ffff000};
  EXPECT_EQ(saved_register(kSp, 0) - kSp, offsetof(KernelFrame, x));
  EXPECT_EQ(saved_register(kSp, 7) - kSp, offsetof(KernelFrame, x) + 7 * 8);
  EXPECT_EQ(saved_register(kSp, 32) - kSp, offsetof(KernelFrame, pc));
}

}  // namespace
}  // namespace rr::aarch64
