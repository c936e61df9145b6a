// What a recorded program is shown of its CPU and its vDSO.
#include <algorithm>
#include <array>
#include <cstring>
#include <elf.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/clock_stub.h"
#include "arch/aarch64/vdso.h"
#include "support/fake_memory.h"
#include "util/bytes.h"

namespace rr::aarch64 {
namespace {

bool shows(uint64_t type, int bit) {
  const uint64_t one = uint64_t{1} << bit;
  return shown_auxiliary_value(type, one) == one;
}

TEST(ArchAuxiliaryVector, HidesWhatCannotBeReplayed) {
  EXPECT_FALSE(shows(kAuxHwcap, 11)) << "CPUID";
  EXPECT_FALSE(shows(kAuxHwcap2, 16)) << "RNG";
  EXPECT_FALSE(shows(kAuxHwcap2, 18)) << "MTE";
  EXPECT_FALSE(shows(kAuxHwcap2, 22)) << "MTE3";
  EXPECT_FALSE(shows(kAuxHwcap2, 23)) << "SME";
  EXPECT_FALSE(shows(kAuxHwcap2, 43)) << "MOPS";
}

TEST(ArchAuxiliaryVector, ShowsWhatProgramsLiveFrom) {
  EXPECT_TRUE(shows(kAuxHwcap, 0)) << "FP";
  EXPECT_TRUE(shows(kAuxHwcap, 8)) << "ATOMICS";
  EXPECT_TRUE(shows(kAuxHwcap, 22)) << "SVE";
  EXPECT_TRUE(shows(kAuxHwcap, 30)) << "PACA";
  EXPECT_TRUE(shows(kAuxHwcap2, 1)) << "SVE2";
  EXPECT_TRUE(shows(kAuxHwcap2, 17)) << "BTI";
}

// Closed: a bit that no kernel of today defines is not shown.
TEST(ArchAuxiliaryVector, HidesWhatIsUnknown) {
  EXPECT_EQ(shown_auxiliary_value(kAuxHwcap, ~uint64_t{0}) >> 32, 0u);
  EXPECT_EQ(shown_auxiliary_value(kAuxHwcap2, ~uint64_t{0}) >> 48, 0u);
  EXPECT_EQ(shown_auxiliary_value(kAuxHwcap3, ~uint64_t{0}), 0u);
  EXPECT_EQ(shown_auxiliary_value(kAuxHwcap4, ~uint64_t{0}), 0u);
}

TEST(ArchAuxiliaryVector, IsMaskedWhereItLies) {
  std::array<uint64_t, 6> vector{kAuxHwcap, ~uint64_t{0}, 6, 4096, kAuxNull, 0};
  mask_auxiliary_vector(std::as_writable_bytes(std::span(vector)));
  EXPECT_EQ(vector[1], shown_auxiliary_value(kAuxHwcap, ~uint64_t{0}));
  EXPECT_EQ(vector[3], 4096u);
}

TEST(ArchAuxiliaryVector, CpuInfoNamesWhatTheVectorShows) {
  EXPECT_EQ(shown_cpu_info("processor\t: 0\nFeatures\t: fp asimd cpuid sve sme mte newer "
                           "bti\n\nCPU part\t: 0xd0c\n"),
            "processor\t: 0\nFeatures\t: fp asimd sve bti\n\nCPU part\t: 0xd0c\n");
  EXPECT_EQ(shown_cpu_info(""), "");
}

TEST(ArchAuxiliaryVector, LiesBehindArgumentsAndEnvironment) {
  test::FakeMemory memory;
  memory.put_object({0x1000}, std::array<uint64_t, 8>{2, 0xa, 0xb, 0, 0xe, 0, kAuxHwcap, 1});
  EXPECT_EQ(find_auxiliary_vector(memory, {0x1000}), Address{0x1030});
}

TEST(ArchAuxiliaryVector, IsNotFoundOnAStackThatEnds) {
  test::FakeMemory memory;
  EXPECT_FALSE(find_auxiliary_vector(memory, {0x1000}));
  memory.put_object({0x1000}, std::array<uint64_t, 5>{2, 0xa, 0xb, 0, 0xe});
  EXPECT_FALSE(find_auxiliary_vector(memory, {0x1000}));
}

TEST(ArchAuxiliaryVector, LeavesOtherEntriesAlone) {
  EXPECT_EQ(shown_auxiliary_value(kAuxMinimalSignalStack, 4720), 4720u);
  EXPECT_EQ(shown_auxiliary_value(kAuxSysinfoEhdr, 0x1000), 0x1000u);
}

constexpr uint64_t kTextOffset = 0x400;

// An ELF file with a dynamic symbol table, 64 bytes of code for each symbol.
Bytes image_with(const std::vector<std::string>& names) {
  Bytes image(0x1000, std::byte{0});
  const auto put = [&](uint64_t offset, const auto& object) {
    std::memcpy(image.data() + offset, &object, sizeof object);
  };
  constexpr uint64_t kSections = 0x40;
  constexpr uint64_t kSymbols = 0x100;
  constexpr uint64_t kStrings = 0x300;
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_shoff = kSections;
  header.e_shnum = 3;
  put(0, header);
  Elf64_Shdr symbols{};
  symbols.sh_type = SHT_DYNSYM;
  symbols.sh_offset = kSymbols;
  symbols.sh_size = names.size() * sizeof(Elf64_Sym);
  symbols.sh_link = 2;
  put(kSections + sizeof(Elf64_Shdr), symbols);
  Elf64_Shdr strings{};
  strings.sh_type = SHT_STRTAB;
  strings.sh_offset = kStrings;
  put(kSections + 2 * sizeof(Elf64_Shdr), strings);
  uint32_t name_at = 1;
  for (size_t i = 0; i < names.size(); ++i) {
    Elf64_Sym symbol{};
    symbol.st_name = name_at;
    symbol.st_value = kTextOffset + 64 * i;
    put(kSymbols + i * sizeof symbol, symbol);
    std::memcpy(image.data() + kStrings + name_at, names[i].data(), names[i].size());
    name_at += static_cast<uint32_t>(names[i].size()) + 1;
  }
  return image;
}

std::vector<uint32_t> instructions(const VdsoPatch& patch) {
  std::vector<uint32_t> words(patch.bytes.size() / 4);
  std::memcpy(words.data(), patch.bytes.data(), words.size() * 4);
  return words;
}

constexpr Address kClockAt{0x7fff0400};

TEST(ArchVdso, FunctionsBecomeSystemCallsOrLeadToThem) {
  const auto patches = vdso_patches(image_with({"__kernel_rt_sigreturn", "__kernel_clock_gettime",
                                                "__kernel_gettimeofday", "__kernel_clock_getres"}),
                                    kClockAt);
  ASSERT_EQ(patches.size(), 3u) << "the signal-return trampoline stays as it is";
  // bti c; movz x17, #0x7fff, lsl #16; movk x17, #0x400; br x17
  EXPECT_EQ(patches[0].offset, kTextOffset + 64);
  EXPECT_EQ(instructions(patches[0]),
            (std::vector<uint32_t>{0xd503245f, 0xd2affff1, 0xf2808011, 0xd61f0220}));
  EXPECT_EQ(instructions(patches[1])[2], 0xf2808491u) << "movk x17, #0x424";
  // bti c; mov x8, #114; svc #0; ret
  EXPECT_EQ(instructions(patches[2]),
            (std::vector<uint32_t>{0xd503245f, 0xd2800e48, 0xd4000001, 0xd65f03c0}));
}

TEST(ArchClockStub, ReplayDiffersInOneInstruction) {
  const ClockCode recorded = clock_code({0x80810000}, ClockSource::kKernel);
  const ClockCode replayed = clock_code({0x80810000}, ClockSource::kBuffer);
  for (size_t i = 0; i < recorded.size(); ++i) {
    if (i == kClockReturn / 4 - 1) {
      EXPECT_EQ(recorded[i], 0xd4000001u) << "svc #0";
      EXPECT_EQ(replayed[i], 0xf9400960u) << "ldr x0, [x11, #16]";
    } else {
      EXPECT_EQ(recorded[i], replayed[i]) << i;
    }
  }
}

// From the instruction behind the one that reads the header to the one that reads the slot.
TEST(ArchClockStub, ASlotIsHeldFromTheHeaderToTheTime) {
  constexpr uint32_t kReadHeader = 0xb940012a;  // ldr w10, [x9]
  constexpr uint32_t kReadTime = 0xa9403d6e;    // ldp x14, x15, [x11]
  constexpr uint32_t kLeave = 0xd65f03c0;       // ret
  const ClockCode code = clock_code({0x80810000}, ClockSource::kKernel);
  EXPECT_EQ(code[0], 0x52b01029u) << "mov w9, #0x80810000";
  for (const uint64_t entry : {kReadClock, kReadTimeOfDay}) {
    bool holds = false;
    uint64_t at = entry;
    for (; code[at / 4] != kLeave; at += 4) {
      EXPECT_EQ(holds_clock_slot(at), holds) << at;
      holds = (holds || code[at / 4] == kReadHeader) && code[at / 4] != kReadTime;
      if (entry == kReadClock && at == 20) at = 64;  // b 68
    }
    EXPECT_FALSE(holds_clock_slot(at));
  }
  EXPECT_FALSE(holds_clock_slot(28)) << "a plain system call";
  EXPECT_FALSE(holds_clock_slot(124)) << "a plain system call";
  EXPECT_TRUE(holds_clock_slot(kClockReturn));
}

TEST(ArchVdso, GetrandomFailsWithoutACall) {
  const auto patches = vdso_patches(image_with({"__kernel_getrandom"}), kClockAt);
  ASSERT_EQ(patches.size(), 1u);
  // bti c; mov x0, #-38; ret
  const auto code = instructions(patches[0]);
  EXPECT_EQ((std::vector<uint32_t>{code.begin(), code.begin() + 3}),
            (std::vector<uint32_t>{0xd503245f, 0x928004a0, 0xd65f03c0}));
}

TEST(ArchVdso, HostileImagesGiveNoPatchOutsideThem) {
  EXPECT_TRUE(vdso_patches({}, kClockAt).empty());
  EXPECT_TRUE(vdso_patches(Bytes(4096), kClockAt).empty());
  const Bytes whole = image_with({"__kernel_clock_gettime", "__kernel_getrandom"});
  for (size_t size = 0; size < whole.size(); size += 8) {
    const auto image = std::span(whole).first(size);
    for (const VdsoPatch& patch : vdso_patches(image, kClockAt)) {
      EXPECT_LE(patch.offset + patch.bytes.size(), size);
    }
  }
  // A symbol so far up that adding to it wraps.
  Bytes far = whole;
  Elf64_Sym symbol{};
  std::memcpy(&symbol, far.data() + 0x100, sizeof symbol);
  symbol.st_value = ~uint64_t{0} - 4;
  std::memcpy(far.data() + 0x100, &symbol, sizeof symbol);
  for (const VdsoPatch& patch : vdso_patches(far, kClockAt)) {
    EXPECT_LE(patch.offset, far.size() - patch.bytes.size());
  }
  for (size_t at = 0; at < 0x340; ++at) {
    Bytes damaged = whole;
    damaged[at] = std::byte{0xff};
    for (const VdsoPatch& patch : vdso_patches(damaged, kClockAt)) {
      EXPECT_LE(patch.offset + patch.bytes.size(), damaged.size()) << "byte " << at;
    }
  }
}

}  // namespace
}  // namespace rr::aarch64
