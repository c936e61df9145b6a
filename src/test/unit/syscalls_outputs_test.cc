#include <cerrno>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "support/fake_memory.h"
#include "syscalls/kernel_types.h"
#include "syscalls/outputs.h"
#include "syscalls/table.h"

namespace rr::syscalls {
namespace {

using test::FakeMemory;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int32_t kFcntl = 25, kIoctl = 29, kRead = 63, kReadv = 65, kPselect = 72, kPpoll = 73,
                  kWaitid = 95, kFutex = 98, kNanosleep = 101, kMsgrcv = 188, kGetsockopt = 209,
                  kRecvfrom = 207, kRecvmsg = 212, kClone = 220, kMincore = 232, kRecvmmsg = 243,
                  kWait4 = 260, kNameToHandle = 264, kProcessVmWritev = 271, kClone3 = 435;

Output output(uint64_t address, uint64_t written, uint64_t possible, bool in_place = false) {
  return {{address}, written, possible, in_place};
}

struct Outputs : testing::Test {
  FakeMemory memory;

  std::vector<Output> after(const SyscallArguments& call, int64_t result) const {
    std::vector<Output> out;
    outputs(*resolve(call), call, result, memory, out);
    return ranges_of(std::move(out));
  }
  // The call's own changes to memory come between the two.
  template <typename Change>
  std::vector<Output> around(const SyscallArguments& call, int64_t result, Change change) {
    const Plan made = plan(*resolve(call), call, memory);
    change();
    std::vector<Output> out;
    outputs(made, result, memory, out);
    return ranges_of(std::move(out));
  }

 private:
  // Whether a length is told or bounded has tests of its own.
  static std::vector<Output> ranges_of(std::vector<Output> out) {
    for (Output& o : out) o.is_counted = false;
    return out;
  }
};

TEST(OutputCount, IsToldByTheResultOfAReadButNotAfterAnErrorNorForAnUnsureOutput) {
  const FakeMemory memory;
  const auto counted = [&](const SyscallArguments& call, int64_t result) {
    std::vector<Output> out;
    outputs(*resolve(call), call, result, memory, out);
    return out.at(0).is_counted;
  };
  EXPECT_TRUE(counted({kRead, {3, 0x1000, 4096}}, 100));
  EXPECT_TRUE(counted({kRead, {3, 0x1000, 4096}}, 0));
  EXPECT_FALSE(counted({kRead, {3, 0x1000, 4096}}, -14));
  EXPECT_FALSE(counted({kClone, {0, 0, 0x1000, 0, 0}}, 5));
}

TEST_F(Outputs, TheDeviceMapperWritesAsMuchAsItsArgumentSays) {
  memory.put_object<uint32_t>({0x100c}, 16384);
  const SyscallArguments list{kIoctl, {3, 0xc138fd02, 0x1000}};
  EXPECT_THAT(after(list, 0), ElementsAre(output(0x1000, 0, 16384)));
  EXPECT_THAT(after(list, -EINVAL), ElementsAre(output(0x1000, 0, 16384)));
}

TEST_F(Outputs, AnIoctlWhoseSizeBitsLieIsTakenForWhatItWrites) {
  const SyscallArguments uuid{kIoctl, {3, 0x8008662c, 0x1000}};
  memory.put_object<uint32_t>({0x1000}, 16);
  EXPECT_THAT(after(uuid, 0), ElementsAre(output(0x1000, 0, 24)));
  EXPECT_THAT(after({kIoctl, {3, 0x800870a1, 0x1000}}, 0), ElementsAre(output(0x1000, 40, 40)));
  EXPECT_THAT(after({kIoctl, {3, 0xc00870a4, 0x1000}}, 0), ElementsAre(output(0x1000, 64, 64)));
  for (const uint64_t nested : {0x800448d2u, 0x800442d2u, 0xc0383e04u, 0xc048b300u, 0x400c9206u}) {
    EXPECT_TRUE(resolve({kIoctl, {3, nested, 0x1000}})->is_refused()) << nested;
  }
}

TEST_F(Outputs, AFullReadWritesItsBuffer) {
  EXPECT_THAT(after({kRead, {3, 0x1000, 16}}, 16), ElementsAre(output(0x1000, 16, 16)));
}

TEST_F(Outputs, AShortReadMayHaveChangedTheWholeBuffer) {
  EXPECT_THAT(after({kRead, {3, 0x1000, 16}}, 5), ElementsAre(output(0x1000, 5, 16)));
}

TEST_F(Outputs, AfterEfaultAnythingMayHaveChangedAndNothingIsSure) {
  EXPECT_THAT(after({kRead, {3, 0x1000, 16}}, -EFAULT), ElementsAre(output(0x1000, 0, 16)));
}

TEST_F(Outputs, AfterAnotherErrorNothingHas) {
  EXPECT_THAT(after({kRead, {3, 0x1000, 16}}, -EBADF), IsEmpty());
}

TEST_F(Outputs, AnOrdinaryRowReadsNoMemory) {
  after({kRead, {3, 0x1000, 16}}, 16);
  EXPECT_EQ(memory.reads(), 0);
}

TEST_F(Outputs, LengthsNear2To64AreCutToWhatOneReadMoves) {
  EXPECT_THAT(after({kRead, {3, 0x1000, UINT64_MAX}}, 8),
              ElementsAre(output(0x1000, 8, 0x7ffff000)));
}

TEST_F(Outputs, NoRangeGoesPastTheEndOfTheAddressSpace) {
  EXPECT_THAT(after({kRead, {3, UINT64_MAX - 3, 100}}, -EFAULT),
              ElementsAre(output(UINT64_MAX - 3, 0, 3)));
}

TEST_F(Outputs, ANullBufferIsNoOutput) {
  EXPECT_THAT(after({kRead, {3, 0, 16}}, -EFAULT), IsEmpty());
}

TEST_F(Outputs, ASizeThatOverflowsIsSaturated) {
  const auto found = after({458, {1, 0x1000, UINT64_MAX / 2, 0}}, 3);  // listmount
  EXPECT_THAT(found, ElementsAre(output(0x1000, 24, UINT64_MAX - 0x1000)));
}

TEST_F(Outputs, ReadvFillsItsBuffersInOrder) {
  memory.put_object({0x2000}, kernel::Iovec{0x1000, 4});
  memory.put_object({0x2010}, kernel::Iovec{0x1100, 4});
  memory.put_object({0x2020}, kernel::Iovec{0x1200, 4});
  EXPECT_THAT(after({kReadv, {3, 0x2000, 3}}, 6),
              ElementsAre(output(0x1000, 4, 4), output(0x1100, 2, 4), output(0x1200, 0, 4)));
}

TEST_F(Outputs, TheIovecsAreThoseOfTheEntry) {
  memory.put_object({0x2000}, kernel::Iovec{0x1000, 16});
  const auto found = around({kReadv, {3, 0x2000, 1}}, 16, [&] {
    memory.put_object({0x2000}, kernel::Iovec{0x6666, 1});
  });
  EXPECT_THAT(found, ElementsAre(output(0x1000, 16, 16)));
}

TEST_F(Outputs, IovecsThatTheKernelRefusesAreNoOutputs) {
  EXPECT_THAT(after({kReadv, {3, 0x2000, 1025}}, -EFAULT), IsEmpty());
  EXPECT_THAT(after({kReadv, {3, 0x2000, UINT64_MAX}}, -EFAULT), IsEmpty());
  EXPECT_TRUE(plan(*find(kReadv), {kReadv, {3, 0x2000, 1025}}, memory).regions.empty());
  memory.put_object({0x2000}, kernel::Iovec{0x1000, uint64_t{1} << 63});
  EXPECT_THAT(after({kReadv, {3, 0x2000, 1}}, -EFAULT), IsEmpty());
}

TEST_F(Outputs, TheSumOfIovecsIsCutToWhatOneReadMoves) {
  memory.put_object({0x2000}, kernel::Iovec{0x1000, 0x7ffff000});
  memory.put_object({0x2010}, kernel::Iovec{0x1100, 4});
  EXPECT_THAT(after({kReadv, {3, 0x2000, 2}}, 5), ElementsAre(output(0x1000, 5, 0x7ffff000)));
}

TEST_F(Outputs, RecvfromTellsTheAddressUpToTheRoomGiven) {
  memory.put_object({0x3000}, uint32_t{16});
  const auto found = around({kRecvfrom, {3, 0x1000, 100, 0, 0x2000, 0x3000}}, 10, [&] {
    memory.put_object({0x3000}, uint32_t{110});  // a longer address than there was room for
  });
  EXPECT_THAT(found,
              ElementsAre(output(0x1000, 10, 100), output(0x2000, 16, 16), output(0x3000, 4, 4)));
}

TEST_F(Outputs, RecvfromWithAShortAddressIsSureOfThatMuch) {
  memory.put_object({0x3000}, uint32_t{128});
  const auto found = around({kRecvfrom, {3, 0x1000, 100, 0, 0x2000, 0x3000}}, 100,
                            [&] { memory.put_object({0x3000}, uint32_t{2}); });
  EXPECT_THAT(found,
              ElementsAre(output(0x1000, 100, 100), output(0x2000, 2, 128), output(0x3000, 4, 4)));
}

TEST_F(Outputs, ANegativeAddressLengthWritesNoAddress) {
  memory.put_object({0x3000}, int32_t{-1});
  EXPECT_THAT(after({kRecvfrom, {3, 0x1000, 8, 0, 0x2000, 0x3000}}, 8),
              ElementsAre(output(0x1000, 8, 8), output(0x3000, 4, 4)));
}

struct Message : Outputs {
  void put_message(uint64_t at) {
    memory.put_object({at}, kernel::Msghdr{.name = 0x5000,
                                           .name_length = 64,
                                           .iov = 0x2000,
                                           .iov_count = 2,
                                           .control = 0x6000,
                                           .control_length = 48,
                                           .flags = 0});
    memory.put_object({0x2000}, kernel::Iovec{0x1000, 8});
    memory.put_object({0x2010}, kernel::Iovec{0x1100, 8});
  }
};

TEST_F(Message, RecvmsgWritesLengthsNameControlAndBuffers) {
  put_message(0x4000);
  const auto found = around({kRecvmsg, {3, 0x4000, 0}}, 10, [&] {
    memory.put_object({0x4008}, uint32_t{2});
    memory.put_object({0x4028}, uint64_t{20});
  });
  EXPECT_THAT(found,
              ElementsAre(output(0x4008, 4, 4), output(0x4028, 12, 12), output(0x5000, 2, 64),
                          output(0x6000, 20, 48), output(0x1000, 8, 8), output(0x1100, 2, 8)));
}

TEST_F(Message, EveryPointerOfRecvmsgIsInAnEarlierRegion) {
  put_message(0x4000);
  const Plan made = plan(*find(kRecvmsg), {kRecvmsg, {3, 0x4000, 0}}, memory);
  std::vector<AddressRange> moved;
  for (const Region& region : made.regions.view()) {
    const auto lies_in = [](Address a) {
      return [a](const AddressRange& range) { return range.contains(a); };
    };
    if (region.held == Region::Held::kPointer) {
      EXPECT_TRUE(std::any_of(moved.begin(), moved.end(), lies_in(region.pointer_at)));
    } else if (region.held == Region::Held::kInside) {
      EXPECT_TRUE(std::any_of(moved.begin(), moved.end(), lies_in(region.address)));
    }
    if (region.held != Region::Held::kInside) moved.push_back({region.address, region.size});
  }
  EXPECT_EQ(moved.size(), 6u);  // header, name, control, iovecs, two buffers
}

TEST_F(Message, RecvmmsgIsSureOfAsManyMessagesAsTheResultSays) {
  put_message(0x4000);
  put_message(0x4040);
  const auto found = around({kRecvmmsg, {3, 0x4000, 2, 0, 0}}, 1, [&] {
    memory.put_object({0x4008}, uint32_t{0});
    memory.put_object({0x4028}, uint64_t{0});
    memory.put_object({0x4038}, uint32_t{9});
  });
  ASSERT_EQ(found.size(), 14u);
  EXPECT_EQ(found[4], output(0x1000, 8, 8));
  EXPECT_EQ(found[5], output(0x1100, 1, 8));
  EXPECT_EQ(found[6], output(0x4038, 4, 4));
  for (size_t i = 7; i < found.size(); ++i) EXPECT_EQ(found[i].written, 0u) << i;
}

TEST_F(Outputs, PpollWritesItsSetAndTheTimeLeft) {
  EXPECT_THAT(after({kPpoll, {0x1000, 3, 0x2000, 0, 8}}, 1),
              ElementsAre(output(0x1000, 24, 24), output(0x2000, 16, 16)));
}

TEST_F(Outputs, AnInterruptedPpollWritesBothToo) {
  EXPECT_THAT(after({kPpoll, {0x1000, 3, 0x2000, 0, 8}}, -514),
              ElementsAre(output(0x1000, 0, 24), output(0x2000, 0, 16)));
}

TEST_F(Outputs, AFailedPpollStillWritesTheTimeLeft) {
  EXPECT_THAT(after({kPpoll, {0x1000, 0xffffffff, 0x2000, 0, 8}}, -EINVAL),
              ElementsAre(output(0x2000, 0, 16)));
}

TEST_F(Outputs, PselectWritesWholeWordsOfBits) {
  EXPECT_THAT(after({kPselect, {65, 0x1000, 0, 0x1200, 0x2000, 0}}, 1),
              ElementsAre(output(0x1000, 0, 16), output(0x1200, 0, 16), output(0x2000, 16, 16)));
  EXPECT_THAT(after({kPselect, {5, 0x1000, 0, 0, 0, 0}}, 1), ElementsAre(output(0x1000, 8, 8)));
}

TEST_F(Outputs, TheUpperHalfOfAnIntIsNotLookedAt) {
  EXPECT_THAT(after({kPselect, {0xdead00000005, 0x1000, 0, 0, 0, 0}}, 1),
              ElementsAre(output(0x1000, 8, 8)));
}

TEST_F(Outputs, Wait4WritesOnlyWhenAChildWasFound) {
  EXPECT_THAT(after({kWait4, {UINT64_MAX, 0x1000, 1, 0x2000}}, 0), IsEmpty());
  EXPECT_THAT(after({kWait4, {UINT64_MAX, 0x1000, 0, 0x2000}}, 77),
              ElementsAre(output(0x1000, 4, 4), output(0x2000, 144, 144)));
}

TEST_F(Outputs, WaitidClearsItsAnswerWhenThereIsNoChild) {
  EXPECT_THAT(after({kWaitid, {0, 0, 0x1000, 4, 0}}, -ECHILD), ElementsAre(output(0x1000, 0, 28)));
}

TEST_F(Outputs, NanosleepTellsTheTimeLeftOnlyWhenInterrupted) {
  EXPECT_THAT(after({kNanosleep, {0x1000, 0x2000}}, 0), IsEmpty());
  EXPECT_THAT(after({kNanosleep, {0x1000, 0x2000}}, -516), ElementsAre(output(0x2000, 0, 16)));
  EXPECT_THAT(after({kNanosleep, {0x1000, 0x2000}}, -EINTR), ElementsAre(output(0x2000, 0, 16)));
  EXPECT_THAT(after({kNanosleep, {0x1000, 0x2000}}, -EINVAL), IsEmpty());
}

TEST_F(Outputs, TheTypeBeforeAMessageIsNotCountedInTheResult) {
  EXPECT_THAT(after({kMsgrcv, {1, 0x1000, 100, 0, 0}}, 5), ElementsAre(output(0x1000, 13, 108)));
}

TEST_F(Outputs, AnIrregularIoctlHasARow) {
  EXPECT_THAT(after({kIoctl, {0, 0x5401, 0x1000}}, 0), ElementsAre(output(0x1000, 36, 36)));
  EXPECT_THAT(after({kIoctl, {0, 0x5402, 0x1000}}, 0), IsEmpty());
}

TEST_F(Outputs, AnUnlistedIoctlIsTakenByItsDirectionAndSize) {
  EXPECT_THAT(after({kIoctl, {3, 0x80247009, 0x1000}}, 0),  // RTC_RD_TIME
              ElementsAre(output(0x1000, 36, 36)));
  EXPECT_THAT(after({kIoctl, {3, 0x4024700a, 0x1000}}, 0), IsEmpty());  // RTC_SET_TIME
}

TEST_F(Outputs, AnIoctlWithoutDirectionOrRowIsRefused) {
  EXPECT_EQ(resolve({kIoctl, {3, 0x7701, 0}})->refusal.error, ENOTTY);
}

TEST_F(Outputs, AnIoctlWithNestedPointersIsRefused) {
  EXPECT_EQ(resolve({kIoctl, {3, 0xae80, 0}})->refusal.error, ENOTTY);      // KVM_RUN
  EXPECT_EQ(resolve({kIoctl, {3, 0xc0606610, 0}})->refusal.error, ENOTTY);  // PAGEMAP_SCAN
  EXPECT_FALSE(resolve({kIoctl, {3, 0x801c581f, 0}})->is_refused());        // FS_IOC_FSGETXATTR
}

TEST_F(Outputs, SiocgifconfFillsTheBufferBehindItsPointer) {
  memory.put_object({0x1000}, kernel::Ifconf{80, 0x2000});
  const auto found =
      around({kIoctl, {3, 0x8912, 0x1000}}, 0, [&] { memory.put_object({0x1000}, int32_t{40}); });
  EXPECT_THAT(found, ElementsAre(output(0x1000, 16, 16), output(0x2000, 40, 80)));
}

TEST_F(Outputs, FcntlDependsOnItsCommand) {
  EXPECT_THAT(after({kFcntl, {3, 5, 0x1000}}, 0), ElementsAre(output(0x1000, 32, 32)));
  EXPECT_THAT(after({kFcntl, {3, 3, 0x1000}}, 2), IsEmpty());
  EXPECT_EQ(resolve({kFcntl, {3, 5000, 0}})->refusal.error, EINVAL);
}

TEST_F(Outputs, AFutexIsWrittenInPlace) {
  EXPECT_THAT(after({kFutex, {0x1000, 6 | 128, 0, 0}}, 0), ElementsAre(output(0x1000, 0, 4, true)));
  EXPECT_THAT(after({kFutex, {0x1000, 0 | 128, 0, 0}}, 0), IsEmpty());
  EXPECT_EQ(resolve({kFutex, {0x1000, 7 | 512}})->refusal.error, ENOSYS);
}

TEST_F(Outputs, AFilterOptionsLengthCountsInstructions) {
  memory.put_object({0x2000}, uint32_t{3});
  EXPECT_THAT(after({kGetsockopt, {3, 1, 26, 0x1000, 0x2000}}, 3),
              ElementsAre(output(0x1000, 24, 24), output(0x2000, 4, 4)));
  EXPECT_THAT(after({kGetsockopt, {3, 1, 4, 0x1000, 0x2000}}, 0),
              ElementsAre(output(0x1000, 3, 3), output(0x2000, 4, 4)));
}

TEST_F(Outputs, CloneMayWriteItsTidWords) {
  constexpr uint64_t kFlags = CLONE_VM | CLONE_CHILD_SETTID | SIGCHLD;
  EXPECT_THAT(after({kClone, {kFlags, 0, 0x1000, 0, 0x2000}}, 5),
              ElementsAre(output(0x1000, 0, 4), output(0x2000, 0, 4, true)));
}

TEST_F(Outputs, CloneWritesTheChildsWordToTheParentsMemoryOnlyWhereItIsTheChildsToo) {
  for (const uint64_t flags : {CLONE_CHILD_SETTID | SIGCHLD, CLONE_VM | SIGCHLD}) {
    EXPECT_THAT(after({kClone, {flags, 0, 0x1000, 0, 0x2000}}, 5),
                ElementsAre(output(0x1000, 0, 4)));
  }
}

TEST_F(Outputs, Clone3FindsItsWordsInItsStructure) {
  memory.put_object({0x1000}, kernel::CloneArgs{.flags = CLONE_CHILD_SETTID,
                                                .pidfd = 0x2000,
                                                .child_tid = 0x4000,
                                                .parent_tid = 0x3000,
                                                .exit_signal = 17,
                                                .stack = 0,
                                                .stack_size = 0,
                                                .tls = 0,
                                                .set_tid = 0,
                                                .set_tid_size = 0,
                                                .cgroup = 0});
  EXPECT_THAT(after({kClone3, {0x1000, 88}}, 5),
              ElementsAre(output(0x2000, 0, 4), output(0x3000, 0, 4)));
}

TEST_F(Outputs, MincoreWritesAByteForEachPage) {
  EXPECT_THAT(after({kMincore, {0x10000, 4097, 0x1000}}, 0), ElementsAre(output(0x1000, 0, 2)));
  EXPECT_THAT(after({kMincore, {0x10000, 100, 0x1000}}, 0), ElementsAre(output(0x1000, 1, 1)));
}

TEST_F(Outputs, ATooSmallHandleIsToldItsSize) {
  memory.put_object({0x1000}, uint32_t{12});
  EXPECT_THAT(after({kNameToHandle, {3, 0x500, 0x1000, 0x2000, 0}}, -EOVERFLOW),
              ElementsAre(output(0x1000, 0, 20), output(0x2000, 0, 8)));
}

TEST_F(Outputs, TheRemoteBuffersOfProcessVmWritev) {
  memory.put_object({0x2000}, kernel::Iovec{0x7000, 9});
  EXPECT_THAT(remote_iovec({kProcessVmWritev, {5, 0, 0, 0x2000, 1, 0}}, memory),
              ElementsAre(AddressRange{{0x7000}, 9}));
}

}  // namespace
}  // namespace rr::syscalls
