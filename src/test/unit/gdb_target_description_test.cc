#include <array>
#include <gtest/gtest.h>

#include "arch/aarch64/scalable_state.h"
#include "arch/target_description.h"

namespace rr {
namespace {

const TargetDescription::KnownSets kBoth = {{0x401, Bytes(8)}, {0x406, Bytes(16)}};

// Of a CPU with registers of 32 bytes.
Bytes scalable_set() {
  aarch64::ScalableHeader header{.size = 544, .max_size = 8768, .length = 32, .max_length = 32};
  Bytes set = to_bytes(header);
  set.resize(header.size);
  return aarch64::whole_set(set);
}

TEST(GdbTargetDescription, HasScalableRegistersInPlaceOfTheOthers) {
  const TargetDescription target({{aarch64::kNoteScalable, scalable_set()}});
  EXPECT_EQ(target.xml().find("aarch64.fpu"), std::string::npos);
  EXPECT_NE(target.xml().find("org.gnu.gdb.aarch64.sve"), std::string::npos);
  ASSERT_EQ(target.registers().size(), 86U);
  const auto at = [&](size_t number) { return target.registers()[number]; };
  EXPECT_EQ(at(34).name, "z0");
  EXPECT_EQ(at(34).size, 32U);
  EXPECT_EQ(at(66).name, "fpsr");
  EXPECT_EQ(at(68).name, "p0");
  EXPECT_EQ(at(68).size, 4U);
  EXPECT_EQ(at(84).name, "ffr");
  EXPECT_EQ(at(85).name, "vg");
  EXPECT_EQ(at(85).constant, 4U);
}

TEST(GdbTargetDescription, NumbersTheRegistersAsGdbDoes) {
  const TargetDescription target({});
  ASSERT_EQ(target.registers().size(), 68U);
  EXPECT_EQ(target.registers()[0].name, "x0");
  EXPECT_EQ(target.registers()[31].name, "sp");
  EXPECT_EQ(target.registers()[TargetDescription::kProgramCounter].name, "pc");
  EXPECT_EQ(target.registers()[33].name, "cpsr");
  EXPECT_EQ(target.registers()[33].size, 4U);
  EXPECT_EQ(target.registers()[34].name, "v0");
  EXPECT_EQ(target.registers()[65].name, "v31");
  EXPECT_EQ(target.registers()[66].name, "fpsr");
  EXPECT_EQ(target.registers()[67].name, "fpcr");
}

TEST(GdbTargetDescription, TellsOfOptionalSetsThatAreKnown) {
  const TargetDescription without({});
  EXPECT_EQ(without.xml().find("aarch64.tls"), std::string::npos);
  EXPECT_EQ(without.xml().find("aarch64.pauth"), std::string::npos);
  const TargetDescription with(kBoth);
  EXPECT_NE(with.xml().find("org.gnu.gdb.aarch64.tls"), std::string::npos);
  EXPECT_NE(with.xml().find("org.gnu.gdb.aarch64.pauth"), std::string::npos);
  ASSERT_EQ(with.registers().size(), 71U);
  EXPECT_EQ(with.registers()[68].name, "tpidr");
  EXPECT_EQ(with.registers()[70].name, "pauth_cmask");
}

TEST(GdbTargetDescription, HasOneXmlRegisterForEachRow) {
  const TargetDescription target(kBoth);
  size_t count = 0;
  for (size_t at = 0; (at = target.xml().find("<reg ", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, target.registers().size());
}

}  // namespace
}  // namespace rr
