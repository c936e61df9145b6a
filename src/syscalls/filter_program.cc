#include "syscalls/filter_program.h"

#include <cstring>

namespace rr::syscalls {
namespace {

// The parts of an instruction's code (include/uapi/linux/bpf_common.h).
constexpr uint16_t kLoad = 0, kLoadIndex = 1, kStore = 2, kStoreIndex = 3, kArithmetic = 4,
                   kJump = 5, kReturn = 6, kMisc = 7;
constexpr uint16_t kFromIndex = 0x08;  // the operand is X, not the constant
constexpr uint16_t kReturnAccumulator = 0x16, kToAccumulator = 0x87;
constexpr uint16_t kImmediate = 0x00, kAbsolute = 0x20, kMemory = 0x60, kLength = 0x80;
constexpr uint16_t kAdd = 0x00, kSubtract = 0x10, kMultiply = 0x20, kDivide = 0x30, kOr = 0x40,
                   kAnd = 0x50, kShiftLeft = 0x60, kShiftRight = 0x70, kNegate = 0x80, kXor = 0xa0;
constexpr uint16_t kAlways = 0x00, kEqual = 0x10, kGreater = 0x20, kGreaterEqual = 0x30,
                   kSet = 0x40;

constexpr size_t kMemoryWords = 16;

uint16_t class_of(const FilterInstruction& i) { return i.code & 0x07; }
uint16_t operation_of(const FilterInstruction& i) { return i.code & 0xf0; }
uint16_t mode_of(const FilterInstruction& i) { return i.code & 0xe0; }

// What seccomp_check_filter() in kernel/seccomp.c lets pass, by itself.
bool is_known(const FilterInstruction& i) {
  if (i.code > 0xff) return false;
  switch (class_of(i)) {
    case kLoad:
      if (i.code == (kLoad | kAbsolute))
        return i.constant < sizeof(FilterInput) && i.constant % 4 == 0;
      if (i.code == (kLoad | kMemory)) return i.constant < kMemoryWords;
      return i.code == (kLoad | kImmediate) || i.code == (kLoad | kLength);
    case kLoadIndex:
      if (i.code == (kLoadIndex | kMemory)) return i.constant < kMemoryWords;
      return i.code == (kLoadIndex | kImmediate) || i.code == (kLoadIndex | kLength);
    case kStore:
    case kStoreIndex:
      return i.code <= kStoreIndex && i.constant < kMemoryWords;
    case kArithmetic: {
      const bool is_constant = (i.code & kFromIndex) == 0;
      switch (operation_of(i)) {
        case kDivide:
          return !is_constant || i.constant != 0;
        case kShiftLeft:
        case kShiftRight:
          return !is_constant || i.constant < 32;
        case kNegate:
          return is_constant;
        case kAdd:
        case kSubtract:
        case kMultiply:
        case kOr:
        case kAnd:
        case kXor:
          return true;
        default:
          return false;
      }
    }
    case kJump:
      return operation_of(i) <= kSet && i.code != (kJump | kAlways | kFromIndex);
    case kReturn:
      return i.code == kReturn || i.code == kReturnAccumulator;
    default:
      return i.code == kMisc || i.code == kToAccumulator;
  }
}

bool ends_inside(const FilterInstruction& i, size_t place, size_t size) {
  if (class_of(i) != kJump) return true;
  const size_t left = size - place - 1;
  if (operation_of(i) == kAlways) return i.constant < left;
  return i.jump_true < left && i.jump_false < left;
}

// Follows which memory words are written on all ways to an instruction, as the kernel does.
bool reads_only_written_words(std::span<const FilterInstruction> program) {
  std::vector<uint16_t> written(program.size(), 0xffff);
  uint16_t now = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const FilterInstruction& i = program[at];
    now &= written[at];
    const auto bit = static_cast<uint16_t>(1u << (i.constant % kMemoryWords));
    const auto reach = [&](uint64_t distance) { written[at + 1 + distance] &= now; };
    switch (class_of(i)) {
      case kStore:
      case kStoreIndex:
        now |= bit;
        break;
      case kLoad:
      case kLoadIndex:
        if (mode_of(i) == kMemory && (now & bit) == 0) return false;
        break;
      case kJump:
        if (operation_of(i) == kAlways) {
          reach(i.constant);
        } else {
          reach(i.jump_true);
          reach(i.jump_false);
        }
        now = 0xffff;
        break;
      default:
        break;
    }
  }
  return true;
}

class Run {
 public:
  Run(std::span<const FilterInstruction> program, const FilterInput& input)
      : program_(program), input_(input) {}

  uint32_t result() {
    for (size_t at = 0;; ++at) {
      const FilterInstruction& i = program_[at];
      switch (class_of(i)) {
        case kLoad:
          accumulator_ = loaded(i);
          break;
        case kLoadIndex:
          index_ = loaded(i);
          break;
        case kStore:
          memory_[i.constant] = accumulator_;
          break;
        case kStoreIndex:
          memory_[i.constant] = index_;
          break;
        case kArithmetic:
          // The kernel's translation returns 0 there, which is SECCOMP_RET_KILL_THREAD.
          if (operation_of(i) == kDivide && operand(i) == 0) return 0;
          accumulator_ = computed(i);
          break;
        case kJump:
          at += distance(i);
          break;
        case kReturn:
          return i.code == kReturnAccumulator ? accumulator_ : i.constant;
        default:
          if (i.code == kToAccumulator) {
            accumulator_ = index_;
          } else {
            index_ = accumulator_;
          }
      }
    }
  }

 private:
  uint32_t operand(const FilterInstruction& i) const {
    return (i.code & kFromIndex) != 0 ? index_ : i.constant;
  }
  uint32_t loaded(const FilterInstruction& i) const {
    switch (mode_of(i)) {
      case kAbsolute: {
        uint32_t word;
        std::memcpy(&word, reinterpret_cast<const char*>(&input_) + i.constant, sizeof word);
        return word;
      }
      case kMemory:
        return memory_[i.constant];
      case kLength:
        return sizeof(FilterInput);
      default:
        return i.constant;
    }
  }
  uint32_t computed(const FilterInstruction& i) const {
    const uint32_t a = accumulator_;
    const uint32_t b = operand(i);
    switch (operation_of(i)) {
      case kAdd:
        return a + b;
      case kSubtract:
        return a - b;
      case kMultiply:
        return a * b;
      case kDivide:
        return a / b;
      case kOr:
        return a | b;
      case kAnd:
        return a & b;
      case kXor:
        return a ^ b;
      case kShiftLeft:
        return a << (b & 31);
      case kShiftRight:
        return a >> (b & 31);
      default:
        return 0 - a;
    }
  }
  uint64_t distance(const FilterInstruction& i) const {
    const uint32_t a = accumulator_;
    const uint32_t b = operand(i);
    bool holds = false;
    switch (operation_of(i)) {
      case kAlways:
        return i.constant;
      case kEqual:
        holds = a == b;
        break;
      case kGreater:
        holds = a > b;
        break;
      case kGreaterEqual:
        holds = a >= b;
        break;
      default:
        holds = (a & b) != 0;
    }
    return holds ? i.jump_true : i.jump_false;
  }

  std::span<const FilterInstruction> program_;
  const FilterInput& input_;
  uint32_t accumulator_ = 0;
  uint32_t index_ = 0;
  std::array<uint32_t, kMemoryWords> memory_{};
};

}  // namespace

bool is_valid_filter(std::span<const FilterInstruction> program) {
  if (program.empty() || program.size() > kLongestFilter) return false;
  for (size_t at = 0; at < program.size(); ++at) {
    if (!is_known(program[at]) || !ends_inside(program[at], at, program.size())) return false;
  }
  return class_of(program.back()) == kReturn && reads_only_written_words(program);
}

uint32_t run_filter(std::span<const FilterInstruction> program, const FilterInput& input) {
  return Run(program, input).result();
}

}  // namespace rr::syscalls
