#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_memory.h"
#include "syscalls/robust_list.h"

namespace rr::syscalls {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Tid kOwner{77};
constexpr Address kHead{0x1000};
constexpr uint64_t kLock1 = 0x2000, kLock2 = 0x3000;  // entries; the words lie 32 bytes before
constexpr uint32_t kWaiters = 0x80000000, kDied = 0x40000000;

class RobustWords : public testing::Test {
 protected:
  void set_list(uint64_t first, uint64_t pending = 0) {
    memory_.put_object(kHead, first);
    memory_.put_object(kHead + 8, int64_t{-32});
    memory_.put_object(kHead + 16, pending);
  }
  void set_lock(uint64_t entry, uint64_t next, uint32_t word) {
    memory_.put_object({entry}, next);
    memory_.put_object({entry - 32}, word);
  }
  std::vector<RobustWord> words() const { return robust_words(kHead, kOwner, memory_); }

  test::FakeMemory memory_;
};

TEST_F(RobustWords, AreNoneWhereNothingIsHeld) {
  set_list(kHead.value);
  EXPECT_THAT(words(), IsEmpty());
}

TEST_F(RobustWords, AreThoseHeldWithTheirWaitersKept) {
  set_list(kLock1);
  set_lock(kLock1, kLock2, 77);
  set_lock(kLock2, kHead.value, 77 | kWaiters);
  EXPECT_THAT(words(), ElementsAre(RobustWord{{kLock1 - 32}, kDied},
                                   RobustWord{{kLock2 - 32}, kDied | kWaiters}));
}

TEST_F(RobustWords, AreNotThoseOfAnotherOwner) {
  set_list(kLock1);
  set_lock(kLock1, kHead.value, 78);
  EXPECT_THAT(words(), IsEmpty());
}

TEST_F(RobustWords, LookThroughTheMarkOfAPriorityInheritingLock) {
  set_list(kLock1 | 1);
  set_lock(kLock1, kHead.value, 77);
  EXPECT_THAT(words(), ElementsAre(RobustWord{{kLock1 - 32}, kDied}));
}

TEST_F(RobustWords, CountALockThatIsJustBeingTakenOnceAndLast) {
  set_list(kLock1, kLock1);
  set_lock(kLock1, kLock2, 77);
  set_lock(kLock2, kHead.value, 77);
  EXPECT_THAT(words(),
              ElementsAre(RobustWord{{kLock2 - 32}, kDied}, RobustWord{{kLock1 - 32}, kDied}));
}

TEST_F(RobustWords, EndWhereTheKernelGivesUp) {
  set_list(kLock1);
  set_lock(kLock1, 0xdead000, 77);
  EXPECT_THAT(words(), ElementsAre(RobustWord{{kLock1 - 32}, kDied}));
  set_list(0xdead000);
  EXPECT_THAT(words(), IsEmpty());
}

TEST_F(RobustWords, OfAListThatGoesRoundEndAtTheKernelsLimit) {
  set_list(kLock1);
  set_lock(kLock1, kLock1, 77);
  EXPECT_EQ(words().size(), 2048u);
}

}  // namespace
}  // namespace rr::syscalls
