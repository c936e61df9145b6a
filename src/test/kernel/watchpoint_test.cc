// Quirk watchpoint-slots: what a slot accepts, and what it reports.
#include <array>
#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>
#include <vector>

#include "arch/aarch64/syscall_numbers.h"
#include "traced_child.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using aarch64::WatchKind;
using aarch64::WatchSlot;
using kernel::Resume;

extern "C" const char watch_program;
asm(R"(
  .pushsection .text
  .balign 4
  .globl watch_program
watch_program:          // x0 is the watched object's address
  strb w1, [x0, #2]     // 0
  strb w1, [x0, #7]     // 1
  ldrb w2, [x0, #7]     // 2
  str x1, [x0]          // 3
  brk #0                // 4
watch_read:             // x0, x1, x2 are read(2)'s
  mov x8, #63           // 5
  svc #0                // 6
  brk #0                // 7
  .popsection
)");

alignas(64) std::array<std::byte, 64> watched;

// struct user_hwdebug_state with one slot (arch/arm64/include/uapi/asm/ptrace.h).
struct OneSlot {
  uint32_t info = 0;
  uint32_t padding = 0;
  uint64_t address = 0;
  uint32_t control = 0;
  uint32_t slot_padding = 0;
};

bool set_slot(TracedChild& child, const WatchSlot& slot) {
  OneSlot state;
  state.address = slot.address;
  state.control = slot.control;
  return child.now().set_register_set(aarch64::kNoteHardwareWatchpoints, bytes_of(state));
}

WatchSlot get_slot(const kernel::Stopped& stopped) {
  const auto state = stopped.register_set(aarch64::kNoteHardwareWatchpoints);
  if (!state || state->size() < sizeof(OneSlot)) return {};
  const auto one = *object_from<OneSlot>(std::span(*state).first(sizeof(OneSlot)));
  return {one.address, one.control};
}

WatchSlot one_slot(uint64_t offset, uint64_t size, WatchKind kind) {
  return aarch64::watch_slots({address_of(watched.data()) + offset, size}, kind).at(0);
}

class WatchpointSlots : public testing::Test {
 protected:
  void SetUp() override {
    child_.set_x(0, address_of(watched.data()).value);
    child_.set_x(1, 0x1111);
    if (!set_slot(child_, one_slot(0, 8, WatchKind::kWrite))) {
      GTEST_SKIP() << "no hardware watchpoints: " << std::strerror(errno);
    }
  }
  TracedChild child_{watch_program};
};

// Byte 7 alone, as an unaligned address: refused, or taken to be fewer bytes than asked, when the
// slot held 8 bytes before.
TEST_F(WatchpointSlots, MayRefuseAnUnalignedAddress) {
  WatchSlot unaligned = one_slot(0, 1, WatchKind::kWrite);
  unaligned.address += 7;
  if (set_slot(child_, unaligned)) {
    const WatchSlot held = get_slot(child_.now());
    const uint32_t bytes = held.control >> 5 & 0xff;
    EXPECT_NE(bytes, 0u);
    EXPECT_EQ(held.address, address_of(watched.data()).value);
  } else {
    EXPECT_EQ(errno, EINVAL);
  }
}

TEST_F(WatchpointSlots, RefuseBytesThatAreNotOneRun) {
  WatchSlot holes = one_slot(0, 1, WatchKind::kWrite);
  holes.control |= 4u << 5;
  EXPECT_FALSE(set_slot(child_, holes));
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(WatchpointSlots, TakeEveryRunOfAlignedBytesWhateverTheyHeldBefore) {
  for (uint64_t before = 1; before <= 8; ++before) {
    for (uint64_t from = 0; from < 8; ++from) {
      for (uint64_t size = 1; from + size <= 8; ++size) {
        ASSERT_TRUE(set_slot(child_, one_slot(0, before, WatchKind::kWrite)));
        const WatchSlot wanted = one_slot(from, size, WatchKind::kWrite);
        ASSERT_TRUE(set_slot(child_, wanted)) << from << "+" << size << " after " << before;
        EXPECT_EQ(get_slot(child_.now()), wanted);
      }
    }
  }
}

TEST_F(WatchpointSlots, ReportBeforeTheAccessAgainAndAgainUntilDisabledForAStep) {
  const WatchSlot slot = one_slot(7, 1, WatchKind::kWrite);
  ASSERT_TRUE(set_slot(child_, slot));
  for (const Resume how : {Resume::kContinue, Resume::kContinue, Resume::kStep}) {
    child_.go(how);
    ASSERT_EQ(child_.trap(), TrapKind::kHardware);
    EXPECT_EQ(child_.at(), 1) << "the store to byte 2 is none of ours";
  }
  const auto byte7 = address_of(&watched[7]);
  EXPECT_EQ(child_.memory().read_object<uint8_t>(byte7), 0u);
  ASSERT_TRUE(set_slot(child_, aarch64::disabled(slot)));
  child_.go(Resume::kStep);
  EXPECT_EQ(child_.at(), 2);
  EXPECT_EQ(child_.trap(), TrapKind::kStep);
  EXPECT_EQ(child_.memory().read_object<uint8_t>(byte7), 0x11u);
  ASSERT_TRUE(set_slot(child_, slot));
  child_.go(Resume::kContinue);
  ASSERT_EQ(child_.trap(), TrapKind::kHardware);
  EXPECT_EQ(child_.at(), 3) << "the load is no write; the wide store touches the byte";
}

TEST_F(WatchpointSlots, ReportALoadWhenAskedTo) {
  ASSERT_TRUE(set_slot(child_, one_slot(7, 1, WatchKind::kRead)));
  child_.go(Resume::kContinue);
  ASSERT_EQ(child_.trap(), TrapKind::kHardware);
  EXPECT_EQ(child_.at(), 2);
}

TEST_F(WatchpointSlots, AreSilentWhenTheKernelWrites) {
  std::array<int, 2> fds;
  ASSERT_EQ(::pipe(fds.data()), 0);
  ASSERT_EQ(::write(fds[1], "abcd", 4), 4);
  TracedChild reader(watch_program);
  reader.set_x(0, static_cast<uint64_t>(fds[0]));
  reader.set_x(1, address_of(watched.data()).value);
  reader.set_x(2, 4);
  reader.move_to(5);
  ASSERT_TRUE(set_slot(reader, one_slot(0, 8, WatchKind::kReadOrWrite)));
  reader.go(Resume::kContinue);
  EXPECT_EQ(reader.trap(), TrapKind::kBreakpoint) << "no watchpoint on the way";
  EXPECT_EQ(reader.x(0), 4u);
  EXPECT_EQ(reader.memory().read_object<char>(address_of(watched.data())), 'a');
  ::close(fds[0]);
  ::close(fds[1]);
}

}  // namespace
}  // namespace rr::test
