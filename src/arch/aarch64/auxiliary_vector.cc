#include "arch/aarch64/auxiliary_vector.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace rr::aarch64 {
namespace {

// A bit of AT_HWCAP or AT_HWCAP2, and what /proc/cpuinfo calls it (arch/arm64/kernel/cpuinfo.c).
struct Feature {
  int bit;
  std::string_view name;
};

// arch/arm64/include/uapi/asm/hwcap.h of 7.2. Left out of AT_HWCAP: CPUID (11; the kernel emulates
// ID register reads), and 32 up, which are newer than this list.
constexpr Feature kShownHwcap[] = {
    {0, "fp"},       {1, "asimd"},     {2, "evtstrm"},   {3, "aes"},     {4, "pmull"},
    {5, "sha1"},     {6, "sha2"},      {7, "crc32"},     {8, "atomics"}, {9, "fphp"},
    {10, "asimdhp"}, {12, "asimdrdm"}, {13, "jscvt"},    {14, "fcma"},   {15, "lrcpc"},
    {16, "dcpop"},   {17, "sha3"},     {18, "sm3"},      {19, "sm4"},    {20, "asimddp"},
    {21, "sha512"},  {22, "sve"},      {23, "asimdfhm"}, {24, "dit"},    {25, "uscat"},
    {26, "ilrcpc"},  {27, "flagm"},    {28, "ssbs"},     {29, "sb"},     {30, "paca"},
    {31, "pacg"}};

// Left out of AT_HWCAP2: SME and all that extends it; RNG (16: random), MTE (18, 22: random tags),
// MOPS (43: registers between its three instructions are the implementation's choice), FPMR
// (48), and what is newer.
constexpr Feature kShownHwcap2[] = {
    {0, "dcpodp"},    {1, "sve2"},      {2, "sveaes"},     {3, "svepmull"}, {4, "svebitperm"},
    {5, "svesha3"},   {6, "svesm4"},    {7, "flagm2"},     {8, "frint"},    {9, "svei8mm"},
    {10, "svef32mm"}, {11, "svef64mm"}, {12, "svebf16"},   {13, "i8mm"},    {14, "bf16"},
    {15, "dgh"},      {17, "bti"},      {19, "ecv"},       {20, "afp"},     {21, "rpres"},
    {31, "wfxt"},     {32, "ebf16"},    {33, "sveebf16"},  {34, "cssc"},    {35, "rprfm"},
    {36, "sve2p1"},   {44, "hbc"},      {45, "sveb16b16"}, {46, "lrcpc3"},  {47, "lse128"}};

template <size_t N>
constexpr uint64_t bits(const Feature (&features)[N]) {
  uint64_t mask = 0;
  for (const Feature& feature : features) mask |= uint64_t{1} << feature.bit;
  return mask;
}

bool is_shown(std::string_view name) {
  const auto has_name = [&](const Feature& feature) { return feature.name == name; };
  return std::ranges::any_of(kShownHwcap, has_name) || std::ranges::any_of(kShownHwcap2, has_name);
}

// The words behind the colon of a line "Features\t: fp asimd …".
std::string shown_features(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::string(line);
  std::string shown(line.substr(0, colon + 1));
  for (std::string_view rest = line.substr(colon + 1); !rest.empty();) {
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (is_shown(word)) shown.append(" ").append(word);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return shown;
}

}  // namespace

std::optional<Address> find_auxiliary_vector(const MemoryReader& memory, Address sp) {
  const auto argument_count = memory.read_object<uint64_t>(sp);
  if (!argument_count) return std::nullopt;
  Address at = sp + 8 * (*argument_count + 2);
  for (;; at = at + 8) {
    const auto pointer = memory.read_object<uint64_t>(at);
    if (!pointer) return std::nullopt;
    if (*pointer == 0) return at + 8;
  }
}

uint64_t shown_auxiliary_value(uint64_t type, uint64_t value) {
  switch (type) {
    case kAuxHwcap:
      return value & bits(kShownHwcap);
    case kAuxHwcap2:
      return value & bits(kShownHwcap2);
    case kAuxHwcap3:
    case kAuxHwcap4:
      return 0;
    default:
      return value;
  }
}

void mask_auxiliary_vector(std::span<std::byte> vector) {
  std::array<uint64_t, 2> entry{};
  for (; vector.size() >= sizeof entry; vector = vector.subspan(sizeof entry)) {
    std::memcpy(entry.data(), vector.data(), sizeof entry);
    entry[1] = shown_auxiliary_value(entry[0], entry[1]);
    std::memcpy(vector.data(), entry.data(), sizeof entry);
  }
}

std::string shown_cpu_info(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    shown += line.starts_with("Features") ? shown_features(line) : std::string(line);
    if (end < text.size()) shown += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shown;
}

}  // namespace rr::aarch64
