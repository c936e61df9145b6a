#include <gtest/gtest.h>

#include "arch/aarch64/instructions.h"

namespace rr::aarch64 {
namespace {

TEST(ArchInstructions, ReadsOfTheTimerAreRecognisedWithTheirTarget) {
  const auto read = decode_counter_read(0xd53be047);  // mrs x7, cntvct_el0
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source, CounterRegister::kVirtualCount);
  EXPECT_EQ(read->target, 7u);
  EXPECT_EQ(decode_counter_read(0xd53be01f)->target, 31u);  // mrs xzr, cntfrq_el0
}

TEST(ArchInstructions, NothingElseIs) {
  EXPECT_FALSE(decode_counter_read(0xd4000001));  // svc #0
  EXPECT_FALSE(decode_counter_read(0xd53bd040));  // mrs x0, tpidr_el0
  EXPECT_FALSE(decode_counter_read(0xd51be040));  // msr, the other direction
}

TEST(ArchInstructions, ReadsOfWhatTheMachineDecidesAreKnownByKind) {
  EXPECT_EQ(machine_value_read_by(0xd53be047), MachineValue::kCounter);   // mrs x7, cntvct_el0
  EXPECT_EQ(machine_value_read_by(0xd53b2403), MachineValue::kRandom);    // mrs x3, rndr
  EXPECT_EQ(machine_value_read_by(0xd53b2423), MachineValue::kRandom);    // mrs x3, rndrrs
  EXPECT_EQ(machine_value_read_by(0xd5380001), MachineValue::kIdentity);  // mrs x1, midr_el1
  EXPECT_EQ(machine_value_read_by(0xd5380601), MachineValue::kIdentity);  // id_aa64isar0_el1
  EXPECT_FALSE(machine_value_read_by(0xd5380021));                        // CRm 0, op2 1: SIGILL
  EXPECT_FALSE(machine_value_read_by(0xd53bd040));                        // mrs x0, tpidr_el0
  EXPECT_FALSE(machine_value_read_by(0xd5381001));                        // sctlr_el1
}

TEST(ArchInstructions, WhatReadsTheMachineIsFoundByItsMask) {
  for (uint32_t field = 0; field < 1u << 15; ++field) {
    const uint32_t instruction = 0xd5300000 | field << 5;  // MRS X0
    const bool is_found = (instruction & kSystemReadMask) == kSystemRead;
    EXPECT_TRUE(is_found || !machine_value_read_by(instruction)) << std::hex << instruction;
  }
  EXPECT_NE(0xd53bd040 & kSystemReadMask, kSystemRead);  // mrs x0, tpidr_el0
}

TEST(ArchInstructions, LoadsOfLiteralsTellWhereTheyRead) {
  EXPECT_EQ(literal_read_by(0x58000060, 0x1000), 0x100cu);  // ldr x0, .+12
  EXPECT_EQ(literal_read_by(0x18ffffe1, 0x1000), 0x0ffcu);  // ldr w1, .-4
  EXPECT_EQ(literal_read_by(0x9c000040, 0x1000), 0x1008u);  // ldr q0, .+8
  EXPECT_FALSE(literal_read_by(0xf9400000, 0x1000));        // ldr x0, [x0]
  EXPECT_FALSE(literal_read_by(0xd53be040, 0x1000));
}

TEST(ArchInstructions, IdentityLacksWhatIsHidden) {
  EXPECT_EQ(shown_identity(0xd5380400, ~uint64_t{0}), ~uint64_t{0});           // PFR0: SVE
  EXPECT_EQ(shown_identity(0xd5380420, ~uint64_t{0}) >> 24 & 15, 0u);          // PFR1: SME
  EXPECT_EQ(shown_identity(0xd5380600, ~uint64_t{0}), ~(uint64_t{15} << 60));  // ISAR0: RNDR
  EXPECT_EQ(shown_identity(0xd53804a0, ~uint64_t{0}), 0u);                     // SMFR0
  EXPECT_EQ(shown_identity(0xd5380000, 0x411fd402), 0x411fd402u);              // MIDR
}

TEST(ArchInstructions, WhatTurnsStreamingOnIsKnown) {
  EXPECT_TRUE(starts_streaming(0xd503477f));   // smstart
  EXPECT_TRUE(starts_streaming(0xd503437f));   // smstart sm
  EXPECT_TRUE(starts_streaming(0xd503457f));   // smstart za
  EXPECT_FALSE(starts_streaming(0xd503467f));  // smstop
  for (const uint32_t start : {0xd503477fu, 0xd503437fu, 0xd503457fu}) {
    EXPECT_EQ(start & kStreamingStartMask, kStreamingStart);
  }
}

TEST(ArchInstructions, OnlyTheFrequencyCountsUnsteadily) {
  EXPECT_TRUE(has_unsteady_tick_count(0xd53be002));
  EXPECT_FALSE(has_unsteady_tick_count(0xd53be042));
}

}  // namespace
}  // namespace rr::aarch64
