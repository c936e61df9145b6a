#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arch/aarch64/exclusive.h"
#include "support/fake_memory.h"

namespace rr::aarch64 {
namespace {

using testing::ElementsAre;

// As GCC writes an atomic compare and exchange without LSE.
constexpr uint32_t kLdaxr = 0x885ffc22;  // ldaxr w2, [x1]
constexpr uint32_t kCmp = 0x6b00005f;    // cmp w2, w0
constexpr uint32_t kBne = 0x54000061;    // b.ne . + 12
constexpr uint32_t kStlxr = 0x8804fc23;  // stlxr w4, w3, [x1]
constexpr uint32_t kCbnz = 0x35ffff84;   // cbnz w4, . - 16
constexpr uint32_t kRet = 0xd65f03c0;
constexpr uint32_t kNop = 0xd503201f;
constexpr Address kCode{0x4000};

test::FakeMemory code(std::initializer_list<uint32_t> instructions) {
  test::FakeMemory memory;
  Address at = kCode;
  for (const uint32_t instruction : instructions) {
    memory.put_object(at, instruction);
    at = at + 4;
  }
  return memory;
}

TEST(Exclusive, KnowsLoadsAndStoresOfEverySizeAndTheirPairs) {
  for (const uint32_t load : {kLdaxr, 0x085f7c20u /* ldxrb */, 0x485f7c20u /* ldxrh */,
                              0xc85f7c20u /* ldxr x */, 0xc87f0440u /* ldxp x0, x1, [x2] */}) {
    EXPECT_TRUE(is_load_exclusive(load)) << std::hex << load;
    EXPECT_FALSE(is_store_exclusive(load)) << std::hex << load;
  }
  for (const uint32_t store :
       {kStlxr, 0x08027c20u /* stxrb */, 0xc8230440u /* stxp w3, x0, x1 */}) {
    EXPECT_TRUE(is_store_exclusive(store)) << std::hex << store;
    EXPECT_FALSE(is_load_exclusive(store)) << std::hex << store;
  }
}

TEST(Exclusive, TakesNoOtherAtomicForOne) {
  for (const uint32_t other :
       {0x88dffc20u /* ldar */, 0x889ffc20u /* stlr */, 0x88a07c41u /* cas */,
        0x08207c82u /* casp w */, 0x48207c82u /* casp x */, 0xb8200020u /* ldadd */, kNop, kRet}) {
    EXPECT_FALSE(is_load_exclusive(other)) << std::hex << other;
    EXPECT_FALSE(is_store_exclusive(other)) << std::hex << other;
  }
}

TEST(Exclusive, FindsTheSequenceAndItsExits) {
  const auto memory = code({kLdaxr, kCmp, kBne, kStlxr, kCbnz, kRet});
  const auto found = exclusive_sequence_at(kCode, memory);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->store, kCode + 12);
  EXPECT_THAT(found->exits, ElementsAre(kCode + 20, kCode + 16));
}

TEST(Exclusive, HasInsideWhatAStopWouldBreak) {
  const auto memory = code({kNop, kLdaxr, kCmp, kBne, kStlxr, kCbnz, kRet});
  for (const uint64_t offset : {0, 4, 20, 24}) {
    EXPECT_FALSE(exclusive_sequence_around(kCode + offset, memory)) << offset;
  }
  for (const uint64_t offset : {8, 12, 16}) {
    const auto found = exclusive_sequence_around(kCode + offset, memory);
    ASSERT_TRUE(found) << offset;
    EXPECT_EQ(found->load, kCode + 4);
  }
}

TEST(Exclusive, IsNoSequenceWithoutAStoreInReach) {
  EXPECT_FALSE(exclusive_sequence_at(kCode, code({kLdaxr, kNop, kRet, kStlxr})));
  EXPECT_FALSE(exclusive_sequence_at(kCode, code({kLdaxr, kNop})));
  EXPECT_FALSE(exclusive_sequence_at(kCode, code({kNop, kStlxr})));
}

TEST(Exclusive, DecodesBranchesForwardAndBack) {
  EXPECT_EQ(branch_target(kCode, kBne), kCode + 12);
  EXPECT_EQ(branch_target(kCode, kCbnz), kCode - 16);
  EXPECT_EQ(branch_target(kCode, 0x17ffffff), kCode - 4);  // b . - 4
  EXPECT_EQ(branch_target(kCode, 0x3707fffe), kCode - 4);  // tbnz w30, #0, . - 4
  EXPECT_EQ(branch_target(kCode, kNop), std::nullopt);
}

}  // namespace
}  // namespace rr::aarch64
