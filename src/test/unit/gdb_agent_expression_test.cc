#include <gtest/gtest.h>

#include "gdb/agent_expression.h"
#include "gdb/hex.h"

namespace rr::gdb {
namespace {

// Register N holds 100 + N, of which there are 34; the memory at 0x1000 is 01 02 03 … 10.
std::optional<uint64_t> evaluate(std::string_view program) {
  const AgentContext context{
      .read_register = [](size_t number) -> std::optional<uint64_t> {
        if (number >= 34) return std::nullopt;
        return 100 + number;
      },
      .read_memory =
          [](Address address, std::span<std::byte> out) {
            if (address.value < 0x1000 || address.value + out.size() > 0x1010) return false;
            for (size_t i = 0; i < out.size(); ++i) {
              out[i] = static_cast<std::byte>(address.value - 0x1000 + i + 1);
            }
            return true;
          }};
  return evaluate_agent_expression(*parse_hex_bytes(program), context);
}

struct Case {
  const char* program;
  uint64_t value;
};

class AgentExpression : public testing::TestWithParam<Case> {};

TEST_P(AgentExpression, Yields) { EXPECT_EQ(evaluate(GetParam().program), GetParam().value); }

INSTANTIATE_TEST_SUITE_P(
    Operations, AgentExpression,
    testing::Values(Case{"220527", 5}, Case{"23010227", 0x102}, Case{"240102030427", 0x1020304},
                    Case{"25010203040506070827", 0x102030405060708}, Case{"26000327", 103},
                    Case{"220522030227", 8}, Case{"220522030327", 2}, Case{"220522030427", 15},
                    Case{"220722020527", 3}, Case{"220722020627", 3}, Case{"220722020727", 1},
                    Case{"220722020827", 1},
                    // -7 / 2 and -7 % 2, with the sign extended from eight bits
                    Case{"22f9160822020527", static_cast<uint64_t>(-3)},
                    Case{"22f9160822020727", static_cast<uint64_t>(-1)}, Case{"220122040927", 16},
                    Case{"22f0160822040a27", ~uint64_t{0}}, Case{"22f022040b27", 15},
                    // shifts by more than the width
                    Case{"220122400927", 0}, Case{"22f0160822500a27", ~uint64_t{0}},
                    Case{"220122400b27", 0}, Case{"22000e27", 1}, Case{"22070e27", 0},
                    Case{"220622030f27", 2}, Case{"220622031027", 7}, Case{"220622031127", 5},
                    Case{"22001227", ~uint64_t{0}}, Case{"220622061327", 1},
                    Case{"220622071327", 0}, Case{"22ff160822011427", 1},
                    Case{"22ff160822011527", 0}, Case{"2312f4160827", static_cast<uint64_t>(-12)},
                    Case{"2312342a0827", 0x34}, Case{"231000172700", 1}, Case{"2310001827", 0x0201},
                    Case{"2310001927", 0x04030201}, Case{"2310001a27", 0x0807060504030201},
                    // dup, pop, swap, pick, rot (a b c becomes c a b)
                    Case{"2205280227", 10}, Case{"220522062927", 5},
                    Case{"220522032b0327", static_cast<uint64_t>(-2)},
                    Case{"22012202220332022700", 1}, Case{"2201220222033327", 2},
                    Case{"22012202220333292927", 3},
                    // if (1) goto 8; otherwise 0x11
                    Case{"2201200008221127223327", 0x33}, Case{"2200200008221127223327", 0x11},
                    Case{"210005000022442700", 0x44},
                    // the most negative number by -1
                    Case{"25800000000000000022ff16080527", uint64_t{1} << 63},
                    Case{"25800000000000000022ff16080727", 0}));

TEST(AgentExpressionFailures, AreNoValue) {
  for (const char* program : {
           "",                // no end
           "27",              // nothing on the stack
           "2205",            // runs off the end
           "22",              // an operand is missing
           "0227",            // nothing to add
           "22052200052700",  // division by zero
           "220522000627",    // the same, unsigned
           "26002227",        // no such register
           "2220172700",      // unreadable memory
           "0127",            // floating point
           "0c27",            // tracing
           "ff27",            // no such instruction
           "210000",          // a loop without end
           "21ffff27",        // a jump out of the program
           "220132052700",    // picks below the stack
           "22013327",        // rotates too few
           "22012b27",        // swaps too few
       }) {
    EXPECT_EQ(evaluate(program), std::nullopt) << program;
  }
}

TEST(AgentExpressionFailures, TheStackIsBounded) {
  EXPECT_EQ(evaluate("220128210002"), std::nullopt);
}

}  // namespace
}  // namespace rr::gdb
