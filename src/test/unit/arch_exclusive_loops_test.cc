#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <initializer_list>
#include <vector>

#include "arch/aarch64/exclusive_loops.h"

namespace rr::aarch64 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// __aarch64_cas4_acq, as it lies at 0x137460 of Debian's libc.so.6.
const std::vector<uint32_t> kHelper = {
    0xd503245f,  // bti c
    0xf00003b0,  // adrp x16, 0x1ae000
    0x39417e10,  // ldrb w16, [x16, #95]
    0x34000070,  // cbz w16, to the mov
    0x88e07c41,  // casa w0, w1, [x2]
    0xd65f03c0,  // ret
    0x2a0003f0,  // mov w16, w0
    0x885ffc40,  // ldaxr w0, [x2]
    0x6b10001f,  // cmp w0, w16
    0x54000061,  // b.ne to the ret
    0x88117c41,  // stxr w17, w1, [x2]
    0x35ffff91,  // cbnz w17, to the ldaxr
    0xd65f03c0,  // ret
};
constexpr Address kHelpersPlace{0x137460};
constexpr size_t kQuestion = 3;  // the cbz
constexpr size_t kStore = 10;
constexpr uint32_t kFiller = 0xd503201f;

std::vector<uint32_t> behind_nops(size_t count, const std::vector<uint32_t>& code) {
  std::vector<uint32_t> all(count, kFiller);
  all.insert(all.end(), code.begin(), code.end());
  return all;
}

std::vector<uint32_t> helper_with(size_t index, uint32_t instruction) {
  std::vector<uint32_t> code = kHelper;
  code[index] = instruction;
  return code;
}

TEST(ExclusiveLoops, AHelpersLoopHasASwitch) {
  const ExclusiveLoops found = find_exclusive_loops(kHelper, kHelpersPlace);
  EXPECT_FALSE(found.has_own);
  EXPECT_THAT(found.switches, ElementsAre(Address{0x1ae05f}));
}

TEST(ExclusiveLoops, ASwitchIsTheSameForAllHelpersOfALibrary) {
  std::vector<uint32_t> code = behind_nops(1000, kHelper);
  code.insert(code.end(), kHelper.begin(), kHelper.end());
  EXPECT_THAT(find_exclusive_loops(code, {0x137000}).switches, ElementsAre(Address{0x1ae05f}));
}

TEST(ExclusiveLoops, AddressesMayBeDistances) {
  // adrp x16, a page before the code.
  const ExclusiveLoops found = find_exclusive_loops(helper_with(1, 0xf0fffff0), {0});
  EXPECT_THAT(found.switches, ElementsAre(Address{~uint64_t{0xfff} + 95}));
}

TEST(ExclusiveLoops, ALoopThatNothingIsAskedBeforeIsTheProgramsOwn) {
  const std::vector<uint32_t> loop(kHelper.begin() + 6, kHelper.end());
  for (const size_t before : {0, 50, 60, 63, 64, 1000}) {
    const ExclusiveLoops found = find_exclusive_loops(behind_nops(before, loop), {0});
    EXPECT_TRUE(found.has_own) << before;
    EXPECT_THAT(found.switches, IsEmpty()) << before;
  }
}

TEST(ExclusiveLoops, PairsAreLoopsToo) {
  const std::vector<uint32_t> loop = {0xc87f8440 /* ldaxp x0, x1, [x2] */,
                                      0xc8239444 /* stlxp w3, x4, x5, [x2] */,
                                      0x35ffffc3 /* cbnz w3, . - 8 */};
  EXPECT_TRUE(find_exclusive_loops(loop, {0}).has_own);
}

TEST(ExclusiveLoops, AQuestionThatLeadsElsewhereIsNone) {
  const uint32_t behind_the_load = 0x340000b0;  // cbz w16, . + 20
  EXPECT_TRUE(find_exclusive_loops(helper_with(kQuestion, behind_the_load), {0}).has_own);
  const uint32_t of_another_register = 0x34000071;
  EXPECT_TRUE(find_exclusive_loops(helper_with(kQuestion, of_another_register), {0}).has_own);
}

TEST(ExclusiveLoops, WithoutItsStoreALoadIsData) {
  EXPECT_EQ(find_exclusive_loops(helper_with(kStore, kFiller), {0}), ExclusiveLoops());
  const uint32_t to_another_place = 0x88117c61;  // stxr w17, w1, [x3]
  EXPECT_EQ(find_exclusive_loops(helper_with(kStore, to_another_place), {0}), ExclusiveLoops());
  EXPECT_EQ(find_exclusive_loops(std::vector<uint32_t>{kHelper[7]}, {0}), ExclusiveLoops());
  EXPECT_EQ(find_exclusive_loops({}, {0}), ExclusiveLoops());
  const uint32_t with_a_status = 0x8850fc40;  // the ldaxr, with a field that is always 31
  EXPECT_EQ(find_exclusive_loops(helper_with(7, with_a_status), {0}), ExclusiveLoops());
}

}  // namespace
}  // namespace rr::aarch64
