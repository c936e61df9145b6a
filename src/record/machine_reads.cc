#include "record/machine_reads.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <string>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "kernel/counter_register.h"
#include "kernel/machine_register.h"
#include "record/followed_files.h"
#include "util/bytes.h"
#include "util/fd.h"
#include "util/log.h"

namespace rr::record {
namespace {

using aarch64::MachineValue;

constexpr uint64_t kWord = sizeof(uint32_t);
constexpr uint64_t kLiteralReach = uint64_t{1} << 20;  // bytes, either way
constexpr uint64_t kMostCode = uint64_t{1} << 30;      // bytes of one section that are searched

bool cpu_has_random_numbers() {
  constexpr unsigned long kHwcap2Rng = 1ul << 16;
  return (::getauxval(AT_HWCAP2) & kHwcap2Rng) != 0;
}

// Whether a load in the code takes the word at `index` for data.
bool is_literal(std::span<const uint32_t> code, size_t index) {
  const size_t reach = kLiteralReach / kWord;
  const size_t first = index - std::min(index, reach);
  const size_t last = std::min(code.size(), index + reach);
  const uint64_t at = index * kWord;
  for (size_t i = first; i < last; ++i) {
    const auto from = aarch64::literal_read_by(code[i], i * kWord);
    // It takes up to 16 bytes.
    if (from && at >= *from && at - *from < 16) return true;
  }
  return false;
}

// MRS: the first twelve bits, which few words have.
constexpr bool is_system_read(uint32_t word) { return (word >> 20) == 0xd53; }

// All code that a program maps comes through here: blocks of a fixed size are what the compiler
// makes vector instructions of.
constexpr size_t kBlock = 256;
bool may_hold_any(std::span<const uint32_t, kBlock> block) {
  uint32_t hits = 0;
  for (const uint32_t word : block) hits |= is_system_read(word) ? 1 : 0;
  return hits != 0;
}

std::vector<Elf64_Shdr> sections_of(const FileReader& file) {
  const auto head = file.read_object<Elf64_Ehdr>({0});
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) return {};
  if (head->e_shentsize != sizeof(Elf64_Shdr)) return {};
  std::vector<Elf64_Shdr> sections(head->e_shnum);
  const auto space = std::as_writable_bytes(std::span(sections));
  if (file.read({head->e_shoff}, space) != space.size()) return {};
  return sections;
}

std::vector<uint32_t> words_of(const MemoryReader& memory, AddressRange range) {
  std::vector<uint32_t> words(std::min(range.size, kMostCode) / kWord);
  words.resize(memory.read(range.start, std::as_writable_bytes(std::span(words))) / kWord);
  return words;
}

}  // namespace

bool MachineReads::is_wanted(uint32_t instruction) const {
  const auto value = aarch64::machine_value_read_by(instruction);
  if (!value) return false;
  switch (*value) {
    case MachineValue::kCounter:
      return counter_ == CounterTrap::kByBreakpoint;
    case MachineValue::kRandom:
      return cpu_has_random_numbers();
    case MachineValue::kIdentity:
      return true;
  }
  return false;
}

void MachineReads::find_in_code(std::span<const uint32_t> code, uint64_t offset,
                                std::vector<uint64_t>& found) const {
  for (size_t begin = 0; begin < code.size(); begin += kBlock) {
    const auto rest = code.subspan(begin);
    if (rest.size() >= kBlock && !may_hold_any(rest.first<kBlock>())) continue;
    const size_t end = begin + std::min(kBlock, rest.size());
    for (size_t i = begin; i < end; ++i) {
      if (!is_system_read(code[i]) || !is_wanted(code[i]) || is_literal(code, i)) continue;
      found.push_back(offset + i * kWord);
    }
  }
}

std::vector<uint64_t> MachineReads::find_in_file(const std::string& path) const {
  std::vector<uint64_t> found;
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return found;
  const FileReader reader(file);
  for (const Elf64_Shdr& section : sections_of(reader)) {
    const bool is_code = section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) != 0;
    if (!is_code || section.sh_offset % kWord != 0) continue;
    find_in_code(words_of(reader, {{section.sh_offset}, section.sh_size}), section.sh_offset,
                 found);
  }
  return found;
}

void MachineReads::plant(tracee::AddressSpace& space, const trace::Mapping& mapping,
                         const std::string& path) {
  const bool is_shared = (mapping.flags & MAP_SHARED) != 0;
  if ((mapping.protection & PROT_EXEC) == 0 || is_shared || !mapping.file) return;
  const auto [it, is_new] = known_.try_emplace(*mapping.file);
  if (is_new) it->second = find_in_file(path);
  for (const uint64_t offset : it->second) {
    if (offset < mapping.file_offset) continue;
    const Address at = mapping.range.start + (offset - mapping.file_offset);
    if (mapping.range.contains(at)) space.plant(at);
  }
}

void MachineReads::plant(tracee::AddressSpace& space, AddressRange range) {
  std::vector<uint64_t> found;
  find_in_code(words_of(space, range), range.start.value, found);
  for (const uint64_t at : found) {
    if (!space.is_planted({at})) space.plant({at});
  }
}

uint64_t MachineReads::value(uint32_t instruction) {
  if (const auto counter = aarch64::decode_counter_read(instruction)) {
    return kernel::read_counter_register(counter->source);
  }
  if (aarch64::machine_value_read_by(instruction) == MachineValue::kRandom) {
    uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random) return 0;
    return random;
  }
  return aarch64::shown_identity(instruction, kernel::read_machine_register(instruction));
}

}  // namespace rr::record
