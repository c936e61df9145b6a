#include "record/machine_reads.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <string>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "arch/aarch64/auxiliary_vector.h"
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

// Words at `start`, as many of `count` as there are.
std::vector<uint32_t> words_at(const MemoryReader& memory, Address start, uint64_t count) {
  std::vector<uint32_t> words(count);
  words.resize(memory.read(start, std::as_writable_bytes(std::span(words))) / kWord);
  return words;
}

// All code that a program maps comes through here: blocks of a fixed size are what the compiler
// makes vector instructions of.
constexpr size_t kBlock = 256;

// Calls `act(i)` for the words that have no bit but `value` under `mask`.
template <uint32_t mask, uint32_t value, typename Act>
void for_each_like(std::span<const uint32_t> words, Act act) {
  for (size_t begin = 0; begin < words.size(); begin += kBlock) {
    const auto rest = words.subspan(begin);
    if (rest.size() >= kBlock) {
      uint32_t least = 1;
#pragma GCC unroll 8
      for (const uint32_t word : rest.template first<kBlock>()) {
        least = std::min(least, (word & mask) ^ value);
      }
      if (least != 0) continue;
    }
    const size_t end = begin + std::min(kBlock, rest.size());
    for (size_t i = begin; i < end; ++i) {
      if ((words[i] & mask) == value) act(i);
    }
  }
}

// Whether a load in the code takes the word at `place` for data.
bool is_literal(const MemoryReader& memory, AddressRange code, Address place) {
  const Address first = place - std::min(place - code.start, kLiteralReach);
  const uint64_t size = std::min(code.end() - first, 2 * kLiteralReach);
  const std::vector<uint32_t> around = words_at(memory, first, size / kWord);
  const uint64_t at = place - first;
  bool is_read = false;
  for_each_like<aarch64::kLiteralLoadMask, aarch64::kLiteralLoad>(around, [&](size_t i) {
    const auto from = aarch64::literal_read_by(around[i], i * kWord);
    // It takes up to 16 bytes.
    is_read = is_read || (from && at >= *from && at - *from < 16);
  });
  return is_read;
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

bool cpu_has_streaming() {
  static const bool has = (::getauxval(AT_HWCAP2) & aarch64::kHwcap2Streaming) != 0;
  return has;
}

void MachineReads::find_in_words(std::span<const uint32_t> words, Address start,
                                 std::vector<Address>& found) const {
  for_each_like<aarch64::kSystemReadMask, aarch64::kSystemRead>(words, [&](size_t i) {
    if (is_wanted(words[i])) found.push_back(start + i * kWord);
  });
  if (!cpu_has_streaming()) return;
  for_each_like<aarch64::kStreamingStartMask, aarch64::kStreamingStart>(words, [&](size_t i) {
    if (aarch64::starts_streaming(words[i])) found.push_back(start + i * kWord);
  });
}

std::vector<Address> MachineReads::find(const MemoryReader& memory, AddressRange code) const {
  constexpr uint64_t kChunk = uint64_t{1} << 16;  // bytes
  std::vector<Address> found;
  std::vector<uint32_t> words(kChunk / kWord);
  const uint64_t size = std::min(code.size, kMostCode);
  for (uint64_t done = 0; done < size; done += kChunk) {
    const auto bytes =
        std::as_writable_bytes(std::span(words)).first(std::min(kChunk, size - done));
    const size_t count = memory.read(code.start + done, bytes) / kWord;
    find_in_words(std::span(words).first(count), code.start + done, found);
    if (count < words.size()) break;
  }
  std::erase_if(found, [&](Address place) { return is_literal(memory, code, place); });
  return found;
}

std::vector<Address> MachineReads::find_in_file(const std::string& path) const {
  std::vector<Address> found;
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return found;
  const FileReader reader(file);
  for (const Elf64_Shdr& section : sections_of(reader)) {
    const bool is_code = section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) != 0;
    if (!is_code || section.sh_offset % kWord != 0) continue;
    const auto more = find(reader, {{section.sh_offset}, section.sh_size});
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

void MachineReads::plant(tracee::AddressSpace& space, const trace::Mapping& mapping,
                         const std::string& path) {
  const bool is_shared = (mapping.flags & MAP_SHARED) != 0;
  if ((mapping.protection & PROT_EXEC) == 0 || is_shared || !mapping.file) return;
  const auto [it, is_new] = known_.try_emplace(*mapping.file);
  if (is_new) it->second = find_in_file(path);
  for (const Address offset : it->second) {
    if (offset.value < mapping.file_offset) continue;
    const Address at = mapping.range.start + (offset.value - mapping.file_offset);
    if (mapping.range.contains(at)) space.plant(at);
  }
}

void MachineReads::plant(tracee::AddressSpace& space, AddressRange range) {
  for (const Address at : find(space, range)) {
    if (!space.is_planted(at)) space.plant(at);
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
