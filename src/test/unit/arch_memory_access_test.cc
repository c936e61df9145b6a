// Encodings as the GNU assembler makes them, with x0 = 0x10000, x2 = 0x20, sp = 0x8000, pc =
// 0x4000.
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "arch/aarch64/memory_access.h"

namespace rr::aarch64 {
namespace {

struct Case {
  uint32_t word;
  std::string text;
  uint64_t address;
  uint64_t size;  // 0: no access
  std::string how;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.text; }

Registers before() {
  Registers registers;
  registers.x[0] = 0x10000;
  registers.x[2] = 0x20;
  registers.sp = 0x8000;
  registers.pc = 0x4000;
  return registers;
}

class MemoryAccesses : public testing::TestWithParam<Case> {};

TEST_P(MemoryAccesses, AreReadFromTheEncoding) {
  const Case& c = GetParam();
  const auto found = memory_access(c.word, before(), 64);
  ASSERT_EQ(found.has_value(), c.size != 0);
  if (!found) return;
  EXPECT_EQ(found->range.start.value, c.address);
  EXPECT_EQ(found->range.size, c.size);
  EXPECT_EQ(found->loads, c.how != "store");
  EXPECT_EQ(found->stores, c.how != "load");
}

INSTANTIATE_TEST_SUITE_P(OfTheAssembler, MemoryAccesses,
                         testing::ValuesIn(std::vector<Case>{
                             {0xf9400801, "ldr x1, [x0, #16]", 0x10010, 8, "load"},
                             {0xb81fcc01, "str w1, [x0, #-4]!", 0xfffc, 4, "store"},
                             {0x38001401, "strb w1, [x0], #1", 0x10000, 1, "store"},
                             {0xb9800801, "ldrsw x1, [x0, #8]", 0x10008, 4, "load"},
                             {0xf8627801, "ldr x1, [x0, x2, lsl #3]", 0x10100, 8, "load"},
                             {0xb862d801, "ldr w1, [x0, w2, sxtw #2]", 0x10080, 4, "load"},
                             {0x78224801, "strh w1, [x0, w2, uxtw]", 0x10020, 2, "store"},
                             {0xa9ff0be1, "ldp x1, x2, [sp, #-16]!", 0x7ff0, 16, "load"},
                             {0xa8810be1, "stp x1, x2, [sp], #16", 0x8000, 16, "store"},
                             {0x69410801, "ldpsw x1, x2, [x0, #8]", 0x10008, 8, "load"},
                             {0xad7f0801, "ldp q1, q2, [x0, #-32]", 0xffe0, 32, "load"},
                             {0x3d800401, "str q1, [x0, #16]", 0x10010, 16, "store"},
                             {0x3d400c01, "ldr b1, [x0, #3]", 0x10003, 1, "load"},
                             {0x58000041, "ldr x1, .+8", 0x4008, 8, "load"},
                             {0x98ffffe1, "ldrsw x1, .-4", 0x3ffc, 4, "load"},
                             {0x9c000081, "ldr q1, .+16", 0x4010, 16, "load"},
                             {0xc85f7c01, "ldxr x1, [x0]", 0x10000, 8, "load"},
                             {0x88037c01, "stxr w3, w1, [x0]", 0x10000, 4, "store"},
                             {0xc87f8801, "ldaxp x1, x2, [x0]", 0x10000, 16, "load"},
                             {0xc89ffc01, "stlr x1, [x0]", 0x10000, 8, "store"},
                             {0x08dffc01, "ldarb w1, [x0]", 0x10000, 1, "load"},
                             {0xc8e1fc02, "casal x1, x2, [x0]", 0x10000, 8, "both"},
                             {0x4862fc04, "caspal x2, x3, x4, x5, [x0]", 0x10000, 16, "both"},
                             {0x08227c04, "casp w2, w3, w4, w5, [x0]", 0x10000, 8, "both"},
                             {0xb8e10002, "ldaddal w1, w2, [x0]", 0x10000, 4, "both"},
                             {0x78218002, "swph w1, w2, [x0]", 0x10000, 2, "both"},
                             {0xf821301f, "stset x1, [x0]", 0x10000, 8, "both"},
                             {0x38bfc001, "ldaprb w1, [x0]", 0x10000, 1, "load"},
                             {0xd95f8001, "ldapur x1, [x0, #-8]", 0xfff8, 8, "load"},
                             {0x19005001, "stlurb w1, [x0, #5]", 0x10005, 1, "store"},
                             {0xf87ff401, "ldraa x1, [x0, #-8]", 0xfff8, 8, "load"},
                             {0x4c402000, "ld1 {v0.16b-v3.16b}, [x0]", 0x10000, 64, "load"},
                             {0x0cdf4000, "ld3 {v0.8b-v2.8b}, [x0], #24", 0x10000, 24, "load"},
                             {0x0d009000, "st1 {v0.s}[1], [x0]", 0x10000, 4, "store"},
                             {0x4d20a400, "st4 {v0.d-v3.d}[1], [x0]", 0x10000, 32, "store"},
                             {0x0d60c400, "ld2r {v0.4h, v1.4h}, [x0]", 0x10000, 4, "load"},
                             {0x0ddf0c00, "ld1 {v0.b}[3], [x0], #1", 0x10000, 1, "load"},
                             {0xd50b7420, "dc zva, x0", 0x10000, 64, "store"},
                             {0xb87f6809, "ldr w9, [x0, xzr]", 0x10000, 4, "load"},
                             {0xf8101001, "stur x1, [x0, #-255]", 0xff01, 8, "store"},
                             {0xf8408801, "ldtr x1, [x0, #8]", 0x10008, 8, "load"},
                             {0xa8410801, "ldnp x1, x2, [x0, #16]", 0x10010, 16, "load"},
                             {0xf9800400, "prfm pldl1keep, [x0, #8]", 0, 0, ""},
                             {0x91000400, "add x0, x0, #1", 0, 0, ""},
                             {0xd4000001, "svc #0", 0, 0, ""},
                             {0xd53be040, "mrs x0, cntvct_el0", 0, 0, ""},
                         }));

TEST(MemoryAccess, LeavesTheTagOfAnAddressOut) {
  Registers registers = before();
  registers.x[0] = 0x2a00'0000'0001'0000;
  EXPECT_EQ(memory_access(0xf9400801, registers, 64)->range.start.value, 0x10010u);
}

TEST(MemoryAccess, ClearsAWholeBlock) {
  Registers registers = before();
  registers.x[0] = 0x1007f;
  EXPECT_EQ(memory_access(0xd50b7420, registers, 64)->range, (AddressRange{{0x10040}, 64}));
}

TEST(MemoryAccess, KnowsThePairsThatCannotBeSteppedThrough) {
  EXPECT_TRUE(is_load_exclusive(0xc85f7c01));    // ldxr
  EXPECT_TRUE(is_load_exclusive(0xc87f8801));    // ldaxp
  EXPECT_TRUE(is_store_exclusive(0x88037c01));   // stxr
  EXPECT_FALSE(is_load_exclusive(0x4862fc04));   // caspal
  EXPECT_FALSE(is_store_exclusive(0x08227c04));  // casp
  EXPECT_FALSE(is_load_exclusive(0x08dffc01));   // ldarb
}

}  // namespace
}  // namespace rr::aarch64
