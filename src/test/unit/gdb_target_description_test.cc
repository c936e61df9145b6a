#include <array>
#include <gtest/gtest.h>

#include "arch/target_description.h"

namespace rr {
namespace {

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
  const TargetDescription with(TargetDescription::kOptionalSets);
  EXPECT_NE(with.xml().find("org.gnu.gdb.aarch64.tls"), std::string::npos);
  EXPECT_NE(with.xml().find("org.gnu.gdb.aarch64.pauth"), std::string::npos);
  ASSERT_EQ(with.registers().size(), 71U);
  EXPECT_EQ(with.registers()[68].name, "tpidr");
  EXPECT_EQ(with.registers()[70].name, "pauth_cmask");
}

TEST(GdbTargetDescription, HasOneXmlRegisterForEachRow) {
  const TargetDescription target(TargetDescription::kOptionalSets);
  size_t count = 0;
  for (size_t at = 0; (at = target.xml().find("<reg ", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, target.registers().size());
}

}  // namespace
}  // namespace rr
