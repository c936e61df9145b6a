#include "gdb/agent_expression.h"

#include <limits>
#include <vector>

namespace rr::gdb {
namespace {

constexpr int kMaxInstructions = 10'000;
constexpr size_t kMaxStack = 1'000;

// The opcodes of the GDB manual's appendix "The GDB Agent Expression Mechanism".
enum Opcode : uint8_t {
  kAdd = 0x02,
  kSubtract = 0x03,
  kMultiply = 0x04,
  kDivideSigned = 0x05,
  kDivideUnsigned = 0x06,
  kRemainderSigned = 0x07,
  kRemainderUnsigned = 0x08,
  kShiftLeft = 0x09,
  kShiftRightSigned = 0x0a,
  kShiftRightUnsigned = 0x0b,
  kLogicalNot = 0x0e,
  kBitAnd = 0x0f,
  kBitOr = 0x10,
  kBitXor = 0x11,
  kBitNot = 0x12,
  kEqual = 0x13,
  kLessSigned = 0x14,
  kLessUnsigned = 0x15,
  kSignExtend = 0x16,
  kRead8 = 0x17,
  kRead16 = 0x18,
  kRead32 = 0x19,
  kRead64 = 0x1a,
  kIfGoto = 0x20,
  kGoto = 0x21,
  kConstant8 = 0x22,
  kConstant16 = 0x23,
  kConstant32 = 0x24,
  kConstant64 = 0x25,
  kRegister = 0x26,
  kEnd = 0x27,
  kDuplicate = 0x28,
  kPop = 0x29,
  kZeroExtend = 0x2a,
  kSwap = 0x2b,
  kPick = 0x32,
  kRotate = 0x33,
};

bool is_binary(uint8_t opcode) {
  return (opcode >= kAdd && opcode <= kShiftRightUnsigned) ||
         (opcode >= kBitAnd && opcode <= kBitXor) || (opcode >= kEqual && opcode <= kLessUnsigned);
}

std::optional<uint64_t> divide_signed(uint64_t a, uint64_t b, uint8_t opcode) {
  const auto dividend = static_cast<int64_t>(a);
  const auto divisor = static_cast<int64_t>(b);
  if (divisor == 0) return std::nullopt;
  // The one quotient that does not fit, which the hardware would trap on.
  if (divisor == -1 && dividend == std::numeric_limits<int64_t>::min()) {
    return opcode == kDivideSigned ? a : 0;
  }
  return static_cast<uint64_t>(opcode == kDivideSigned ? dividend / divisor : dividend % divisor);
}

std::optional<uint64_t> shift(uint64_t value, uint64_t count, uint8_t opcode) {
  const bool is_signed = opcode == kShiftRightSigned;
  if (count > 63) return is_signed && static_cast<int64_t>(value) < 0 ? ~uint64_t{0} : 0;
  if (opcode == kShiftLeft) return value << count;
  return is_signed ? static_cast<uint64_t>(static_cast<int64_t>(value) >> count) : value >> count;
}

std::optional<uint64_t> apply(uint8_t opcode, uint64_t a, uint64_t b) {
  switch (opcode) {
    case kAdd:
      return a + b;
    case kSubtract:
      return a - b;
    case kMultiply:
      return a * b;
    case kDivideSigned:
    case kRemainderSigned:
      return divide_signed(a, b, opcode);
    case kDivideUnsigned:
      return b == 0 ? std::nullopt : std::optional(a / b);
    case kRemainderUnsigned:
      return b == 0 ? std::nullopt : std::optional(a % b);
    case kShiftLeft:
    case kShiftRightSigned:
    case kShiftRightUnsigned:
      return shift(a, b, opcode);
    case kBitAnd:
      return a & b;
    case kBitOr:
      return a | b;
    case kBitXor:
      return a ^ b;
    case kEqual:
      return a == b;
    case kLessSigned:
      return static_cast<int64_t>(a) < static_cast<int64_t>(b);
    case kLessUnsigned:
      return a < b;
    default:
      return std::nullopt;
  }
}

uint64_t zero_extend(uint64_t value, uint64_t bits) {
  return bits >= 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

uint64_t sign_extend(uint64_t value, uint64_t bits) {
  if (bits == 0 || bits >= 64) return value;
  const uint64_t sign = uint64_t{1} << (bits - 1);
  return (zero_extend(value, bits) ^ sign) - sign;
}

// One run of a program. Each step returns false when a rule is broken.
class Evaluation {
 public:
  Evaluation(std::span<const std::byte> program, const AgentContext& context)
      : program_(program), context_(context) {}

  std::optional<uint64_t> run() {
    for (int i = 0; i < kMaxInstructions; ++i) {
      const auto opcode = operand(1);
      if (!opcode) return std::nullopt;
      if (*opcode == kEnd) return pop();
      if (!step(static_cast<uint8_t>(*opcode))) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  std::optional<uint64_t> operand(size_t size) {
    if (program_.size() - next_ < size) return std::nullopt;
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value = value << 8 | std::to_integer<uint64_t>(program_[next_++]);
    }
    return value;
  }

  std::optional<uint64_t> pop() {
    if (stack_.empty()) return std::nullopt;
    const uint64_t value = stack_.back();
    stack_.pop_back();
    return value;
  }

  bool push(std::optional<uint64_t> value) {
    if (!value || stack_.size() >= kMaxStack) return false;
    stack_.push_back(*value);
    return true;
  }

  // The item that many places below the top.
  uint64_t* at_depth(uint64_t depth) {
    return depth < stack_.size() ? &stack_[stack_.size() - 1 - depth] : nullptr;
  }

  bool jump(std::optional<uint64_t> target) {
    if (!target || *target >= program_.size()) return false;
    next_ = static_cast<size_t>(*target);
    return true;
  }

  bool read_memory(size_t size) {
    const auto address = pop();
    uint64_t value = 0;
    const auto bytes = writable_bytes_of(value).first(size);
    return address && context_.read_memory(Address{*address}, bytes) && push(value);
  }

  bool binary(uint8_t opcode) {
    const auto b = pop();
    const auto a = pop();
    return a && b && push(apply(opcode, *a, *b));
  }

  bool replace_top(auto change) {
    const auto value = pop();
    return value && push(change(*value));
  }

  bool rotate() {
    uint64_t* a = at_depth(2);
    if (a == nullptr) return false;
    uint64_t* b = a + 1;
    uint64_t* c = a + 2;
    const uint64_t top = *c;
    *c = *b;
    *b = *a;
    *a = top;
    return true;
  }

  bool pick(std::optional<uint64_t> depth) {
    const uint64_t* item = depth ? at_depth(*depth) : nullptr;
    return item != nullptr && push(*item);
  }

  bool step(uint8_t opcode) {
    if (is_binary(opcode)) return binary(opcode);
    switch (opcode) {
      case kLogicalNot:
        return replace_top([](uint64_t v) -> uint64_t { return v == 0; });
      case kBitNot:
        return replace_top([](uint64_t v) { return ~v; });
      case kSignExtend:
      case kZeroExtend: {
        const auto bits = operand(1);
        return bits && replace_top([&](uint64_t v) {
                 return opcode == kSignExtend ? sign_extend(v, *bits) : zero_extend(v, *bits);
               });
      }
      case kRead8:
      case kRead16:
      case kRead32:
      case kRead64:
        return read_memory(size_t{1} << (opcode - kRead8));
      case kConstant8:
      case kConstant16:
      case kConstant32:
      case kConstant64:
        return push(operand(size_t{1} << (opcode - kConstant8)));
      case kRegister: {
        const auto number = operand(2);
        return number && push(context_.read_register(static_cast<size_t>(*number)));
      }
      case kGoto:
        return jump(operand(2));
      case kIfGoto: {
        const auto target = operand(2);
        const auto condition = pop();
        return target && condition && (*condition == 0 || jump(target));
      }
      case kDuplicate:
        return pick(0);
      case kPick:
        return pick(operand(1));
      case kPop:
        return pop().has_value();
      case kSwap:
        if (stack_.size() < 2) return false;
        std::swap(*at_depth(0), *at_depth(1));
        return true;
      case kRotate:
        return rotate();
      default:
        return false;
    }
  }

  std::span<const std::byte> program_;
  const AgentContext& context_;
  std::vector<uint64_t> stack_;
  size_t next_ = 0;
};

}  // namespace

std::optional<uint64_t> evaluate_agent_expression(std::span<const std::byte> program,
                                                  const AgentContext& context) {
  return Evaluation(program, context).run();
}

}  // namespace rr::gdb
