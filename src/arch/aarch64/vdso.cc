#include "arch/aarch64/vdso.h"

#include <array>
#include <cstring>
#include <elf.h>
#include <optional>
#include <string_view>

#include "arch/aarch64/clock_stub.h"
#include "arch/aarch64/syscall_numbers.h"

namespace rr::aarch64 {
namespace {

constexpr uint32_t kSvc = 0xd4000001;
constexpr uint32_t kRet = 0xd65f03c0;
constexpr uint32_t kBtiC = 0xd503245f;

// movz x8, #number
constexpr uint32_t move_to_x8(uint32_t number) { return 0xd2800008 | (number << 5); }
// movn x0, #(value - 1): x0 = -value
constexpr uint32_t minus_to_x0(uint32_t value) { return 0x92800000 | ((value - 1) << 5); }

using Code = std::array<uint32_t, 4>;

// From a guarded page (BTI) to one that is not: any branch may go there.
Code branch_to(Address target) {
  const auto low = static_cast<uint32_t>(target.value & 0xffff);
  const auto high = static_cast<uint32_t>(target.value >> 16 & 0xffff);
  return {kBtiC, 0xd2a00011 | high << 5, 0xf2800011 | low << 5, 0xd61f0220};  // br x17
}

// getrandom must fail: it is also asked for its state's size, which the system call of that name
// does not know.
std::optional<Code> replacement_of(std::string_view name, Address clock_code) {
  if (name == "__kernel_clock_gettime") return branch_to(clock_code + kReadClock);
  if (name == "__kernel_gettimeofday") return branch_to(clock_code + kReadTimeOfDay);
  if (name == "__kernel_clock_getres") return Code{kBtiC, move_to_x8(kSysClockGetres), kSvc, kRet};
  if (name == "__kernel_getrandom") return Code{kBtiC, minus_to_x0(38), kRet, kRet};
  return std::nullopt;
}

template <typename T>
std::optional<T> at(std::span<const std::byte> image, uint64_t offset) {
  if (offset > image.size() || image.size() - offset < sizeof(T)) return std::nullopt;
  T object;
  std::memcpy(&object, image.data() + offset, sizeof(T));
  return object;
}

std::string_view string_at(std::span<const std::byte> image, uint64_t offset) {
  if (offset >= image.size()) return {};
  const char* text = reinterpret_cast<const char*>(image.data() + offset);
  return {text, strnlen(text, image.size() - offset)};
}

std::optional<Elf64_Shdr> section(std::span<const std::byte> image, const Elf64_Ehdr& header,
                                  uint64_t index) {
  return at<Elf64_Shdr>(image, header.e_shoff + index * sizeof(Elf64_Shdr));
}

void add_patches(std::span<const std::byte> image, const Elf64_Shdr& symbols,
                 const Elf64_Shdr& strings, Address clock_code, std::vector<VdsoPatch>& patches) {
  for (uint64_t i = 0; i < symbols.sh_size / sizeof(Elf64_Sym); ++i) {
    const auto symbol = at<Elf64_Sym>(image, symbols.sh_offset + i * sizeof(Elf64_Sym));
    if (!symbol) return;
    const std::string_view name = string_at(image, strings.sh_offset + symbol->st_name);
    const std::optional<Code> code = replacement_of(name, clock_code);
    if (!code || symbol->st_value > image.size() ||
        image.size() - symbol->st_value < sizeof *code) {
      continue;
    }
    VdsoPatch patch{symbol->st_value, std::vector<std::byte>(sizeof *code)};
    std::memcpy(patch.bytes.data(), code->data(), sizeof *code);
    patches.push_back(std::move(patch));
  }
}

}  // namespace

std::vector<VdsoPatch> vdso_patches(std::span<const std::byte> image, Address clock_code) {
  std::vector<VdsoPatch> patches;
  const auto header = at<Elf64_Ehdr>(image, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return patches;
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto symbols = section(image, *header, i);
    if (!symbols || symbols->sh_type != SHT_DYNSYM) continue;
    if (const auto strings = section(image, *header, symbols->sh_link)) {
      add_patches(image, *symbols, *strings, clock_code, patches);
    }
  }
  return patches;
}

}  // namespace rr::aarch64
