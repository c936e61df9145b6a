#include <cstring>
#include <gtest/gtest.h>

#include "arch/aarch64/scalable_state.h"

namespace rr::aarch64 {
namespace {

constexpr uint16_t kLength = 32;

// Each register's low half is its number, the other half too if the set has all of it.
Bytes short_set() {
  ScalableHeader header{.size = 544, .max_size = 8768, .length = kLength, .max_length = kLength};
  FloatRegisters registers;
  for (uint64_t i = 0; i < registers.v.size(); ++i) registers.v[i] = {i, i << 8};
  registers.fpsr = 0x10;
  registers.fpcr = 0x01000000;
  Bytes set(header.size);
  std::memcpy(set.data(), &header, sizeof header);
  std::memcpy(set.data() + sizeof header, &registers, sizeof registers);
  return set;
}

Bytes set_with(uint32_t offset) {
  Bytes set = whole_set(short_set());
  set[offset] = std::byte{1};
  return set;
}

TEST(ArchScalableState, LiesAsTheKernelsSetDoes) {
  const ScalableLayout layout{kLength};
  EXPECT_EQ(layout.vector(31), 16u + 31 * 32);
  EXPECT_EQ(layout.predicate(0), 16u + 32 * 32);
  EXPECT_EQ(layout.first_fault(), 16u + 32 * 32 + 16 * 4);
  EXPECT_EQ(layout.status(), 1120u);
  EXPECT_EQ(layout.size(), 1136u);
}

TEST(ArchScalableState, TakesEitherFormForTheSame) {
  const Bytes whole = whole_set(short_set());
  EXPECT_FALSE(is_whole(short_set()));
  EXPECT_TRUE(is_whole(whole));
  EXPECT_EQ(whole.size(), ScalableLayout{kLength}.size());
  EXPECT_EQ(set_after_call(whole), short_set());
  EXPECT_EQ(comparable_vectors(whole), comparable_vectors(short_set()));
}

TEST(ArchScalableState, ComparesWhatIsBeyondTheFloatRegisters) {
  const ScalableLayout layout{kLength};
  const Bytes same = comparable_vectors(short_set());
  for (const uint32_t offset :
       {layout.vector(3) + 16, layout.predicate(15), layout.first_fault()}) {
    EXPECT_NE(comparable_vectors(set_with(offset)), same) << offset;
    EXPECT_EQ(set_after_call(set_with(offset)), short_set()) << offset;
  }
}

TEST(ArchScalableState, ComparesTheFloatRegisters) {
  const ScalableLayout layout{kLength};
  const Bytes same = comparable_vectors(short_set());
  for (const uint32_t offset : {layout.vector(3) + 15, layout.status(), layout.control()}) {
    EXPECT_NE(comparable_vectors(set_with(offset)), same) << offset;
  }
}

TEST(ArchScalableState, IsTheSameAsOnACpuWithoutItWhileUnused) {
  const Bytes set = short_set();
  const auto registers = object_from<FloatRegisters>(std::span(set).subspan(16));
  ASSERT_TRUE(registers);
  EXPECT_EQ(comparable_vectors(*registers), comparable_vectors(set));
}

TEST(ArchScalableState, BearsWithDamagedSets) {
  const Bytes whole = whole_set(short_set());
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto part = std::span(whole).first(size);
    EXPECT_LE(whole_set(part).size(), whole.size());
    EXPECT_LE(set_after_call(part).size(), whole.size());
    EXPECT_LE(comparable_vectors(part).size(), whole.size());
  }
}

TEST(ArchScalableState, IsTrimmedToWhatTheHeaderSays) {
  Bytes set = short_set();
  set.resize(8768);
  trim_scalable_set(set);
  EXPECT_EQ(set, short_set());
}

}  // namespace
}  // namespace rr::aarch64
