#include "arch/aarch64/memory_access.h"

#include <array>

namespace rr::aarch64 {
namespace {

// Encodings: Arm Architecture Reference Manual, "A64 instruction set encoding", loads and stores.

constexpr uint64_t kAddressBits = (uint64_t{1} << 56) - 1;

constexpr uint32_t bits(uint32_t word, int high, int low) {
  return word >> low & ((1U << (high - low + 1)) - 1);
}
constexpr bool bit(uint32_t word, int at) { return (word >> at & 1) != 0; }

constexpr uint64_t sign_extended(uint64_t value, int width) {
  const uint64_t sign = uint64_t{1} << (width - 1);
  return (value ^ sign) - sign;
}

uint64_t base_register(uint32_t word, const Registers& registers) {
  const uint32_t n = bits(word, 9, 5);
  return n == 31 ? registers.sp : registers.x[n];
}

uint64_t index_register(uint32_t number, const Registers& registers) {
  return number == 31 ? 0 : registers.x[number];
}

enum class Direction { kLoad, kStore, kBoth };

MemoryAccess access(uint64_t address, uint64_t size, Direction direction) {
  return {.range = {{address & kAddressBits}, size},
          .loads = direction != Direction::kStore,
          .stores = direction != Direction::kLoad};
}

Direction load_if(bool is_load) { return is_load ? Direction::kLoad : Direction::kStore; }

// LD1 to LD4 and ST1 to ST4 of whole registers.
std::optional<MemoryAccess> vector_structures(uint32_t word, const Registers& registers) {
  constexpr std::array<uint64_t, 16> kRegisters = {4, 0, 4, 0, 3, 0, 3, 1, 2, 0, 2, 0, 0, 0, 0, 0};
  const uint64_t count = kRegisters[bits(word, 15, 12)];
  if (count == 0) return std::nullopt;
  const uint64_t size = count * (bit(word, 30) ? 16 : 8);
  return access(base_register(word, registers), size, load_if(bit(word, 22)));
}

// One lane of each register, or one lane's worth for all of them.
std::optional<MemoryAccess> vector_lanes(uint32_t word, const Registers& registers) {
  const uint32_t opcode = bits(word, 15, 13);
  const uint64_t count = (opcode & 1) * 2 + bits(word, 21, 21) + 1;
  uint32_t scale = opcode >> 1;
  if (scale == 3) {
    scale = bits(word, 11, 10);
  } else if (scale == 2 && bit(word, 10)) {
    scale = 3;
  }
  return access(base_register(word, registers), count << scale, load_if(bit(word, 22)));
}

// LDXR, STXR, LDXP, STXP, LDAR, STLR, CAS and CASP.
std::optional<MemoryAccess> exclusive_or_ordered(uint32_t word, const Registers& registers) {
  const uint32_t size = bits(word, 31, 30);
  const bool is_ordered = bit(word, 23);
  const bool is_pair_or_swap = bit(word, 21);
  const uint64_t address = base_register(word, registers);
  if (!is_pair_or_swap) return access(address, uint64_t{1} << size, load_if(bit(word, 22)));
  if (is_ordered) return access(address, uint64_t{1} << size, Direction::kBoth);
  if (size >= 2) return access(address, uint64_t{2} << size, load_if(bit(word, 22)));
  return access(address, size == 0 ? 8 : 16, Direction::kBoth);
}

std::optional<MemoryAccess> literal(uint32_t word, const Registers& registers) {
  const uint32_t opc = bits(word, 31, 30);
  const bool is_vector = bit(word, 26);
  if (opc == 3) return std::nullopt;  // PRFM, or nothing
  const uint64_t size = is_vector ? uint64_t{4} << opc : (opc == 1 ? 8 : 4);
  const uint64_t offset = sign_extended(bits(word, 23, 5), 19) * 4;
  return access(registers.pc + offset, size, Direction::kLoad);
}

std::optional<MemoryAccess> pair(uint32_t word, const Registers& registers) {
  const uint32_t opc = bits(word, 31, 30);
  const bool is_vector = bit(word, 26);
  const bool is_load = bit(word, 22);
  const bool is_store_of_tags = !is_vector && opc == 1 && !is_load;  // STGP: scaled by the granule
  const uint64_t each = is_vector ? uint64_t{4} << opc : (opc == 2 || is_store_of_tags ? 8 : 4);
  const uint64_t scale = is_store_of_tags ? 16 : each;
  const bool is_post_indexed = bits(word, 24, 23) == 1;
  const uint64_t offset = is_post_indexed ? 0 : sign_extended(bits(word, 21, 15), 7) * scale;
  return access(base_register(word, registers) + offset, 2 * each, load_if(is_load));
}

struct Single {
  uint64_t size = 0;  // 0: touches nothing
  Direction direction = Direction::kLoad;
};

// What size, V and opc say in the encodings of one register.
Single single(uint32_t word) {
  const uint32_t size = bits(word, 31, 30);
  const uint32_t opc = bits(word, 23, 22);
  if (bit(word, 26)) {
    const uint64_t bytes = (opc & 2) != 0 ? 16 : uint64_t{1} << size;
    return {bytes, load_if((opc & 1) != 0)};
  }
  if (size == 3 && opc >= 2) return {};  // PRFM
  return {uint64_t{1} << size, load_if(opc != 0)};
}

uint64_t extended_index(uint32_t word, const Registers& registers, uint64_t size) {
  uint64_t index = index_register(bits(word, 20, 16), registers);
  switch (bits(word, 15, 13)) {
    case 2:  // UXTW
      index &= 0xffffffff;
      break;
    case 6:  // SXTW
      index = sign_extended(index & 0xffffffff, 32);
      break;
    default:
      break;
  }
  return bit(word, 12) ? index * size : index;
}

// LDADD, SWP and their like; LDAPR.
std::optional<MemoryAccess> atomic(uint32_t word, const Registers& registers) {
  if (bit(word, 26)) return std::nullopt;
  const bool only_loads = bit(word, 15) && bits(word, 14, 12) == 4;
  return access(base_register(word, registers), uint64_t{1} << bits(word, 31, 30),
                only_loads ? Direction::kLoad : Direction::kBoth);
}

// LDRAA and LDRAB, whose base carries a signature above the address.
std::optional<MemoryAccess> authenticated(uint32_t word, const Registers& registers) {
  constexpr int kVirtualBits = 48;
  const uint64_t offset = sign_extended(bits(word, 22, 22) << 9 | bits(word, 20, 12), 10) * 8;
  const uint64_t base = base_register(word, registers) & ((uint64_t{1} << kVirtualBits) - 1);
  return access(base + offset, 8, Direction::kLoad);
}

std::optional<MemoryAccess> one_register(uint32_t word, const Registers& registers) {
  const uint64_t base = base_register(word, registers);
  if (bit(word, 24)) {
    const Single what = single(word);
    if (what.size == 0) return std::nullopt;
    return access(base + bits(word, 21, 10) * what.size, what.size, what.direction);
  }
  const uint32_t form = bits(word, 11, 10);
  if (bit(word, 21) && form == 0) return atomic(word, registers);
  if (bit(word, 21) && (form & 1) != 0) return authenticated(word, registers);
  const Single what = single(word);
  if (what.size == 0) return std::nullopt;
  if (bit(word, 21)) {
    return access(base + extended_index(word, registers, what.size), what.size, what.direction);
  }
  const uint64_t offset = form == 1 ? 0 : sign_extended(bits(word, 20, 12), 9);
  return access(base + offset, what.size, what.direction);
}

// LDAPUR, STLUR and their like. The rest of this corner is tags and MOPS.
std::optional<MemoryAccess> ordered_unscaled(uint32_t word, const Registers& registers) {
  if (bit(word, 21) || bits(word, 11, 10) != 0 || bit(word, 26)) return std::nullopt;
  const uint64_t offset = sign_extended(bits(word, 20, 12), 9);
  return access(base_register(word, registers) + offset, uint64_t{1} << bits(word, 31, 30),
                load_if(bits(word, 23, 22) != 0));
}

std::optional<MemoryAccess> load_or_store(uint32_t word, const Registers& registers) {
  switch (bits(word, 29, 28)) {
    case 0:
      if (!bit(word, 26)) {
        return bit(word, 24) ? std::nullopt : exclusive_or_ordered(word, registers);
      }
      return bit(word, 24) ? vector_lanes(word, registers) : vector_structures(word, registers);
    case 1:
      return bit(word, 24) ? ordered_unscaled(word, registers) : literal(word, registers);
    case 2:
      return pair(word, registers);
    default:
      return one_register(word, registers);
  }
}

}  // namespace

std::optional<MemoryAccess> memory_access(uint32_t instruction, const Registers& before,
                                          uint64_t zeroed_block) {
  constexpr uint32_t kZeroBlock = 0xd50b7420;  // DC ZVA, Xt
  if ((instruction & ~31U) == kZeroBlock) {
    const uint64_t address = index_register(instruction & 31, before) & kAddressBits;
    return access(address & ~(zeroed_block - 1), zeroed_block, Direction::kStore);
  }
  const bool is_load_or_store = bit(instruction, 27) && !bit(instruction, 25);
  if (!is_load_or_store) return std::nullopt;
  return load_or_store(instruction, before);
}

}  // namespace rr::aarch64
