// Conditions of breakpoints, as gdb compiles them: a small stack machine whose programs read the
// stopped thread's registers and memory. Integers only; tracing instructions are not known.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "util/bytes.h"
#include "util/types.h"

namespace rr::gdb {

// What a program can see. Registers by gdb's number.
struct AgentContext {
  std::function<std::optional<uint64_t>(size_t number)> read_register;
  std::function<bool(Address, std::span<std::byte>)> read_memory;
};

// The value on top of the stack at the end. Nothing when the program breaks a rule, needs what
// cannot be read, or does not end within 10,000 instructions.
std::optional<uint64_t> evaluate_agent_expression(std::span<const std::byte> program,
                                                  const AgentContext& context);

}  // namespace rr::gdb
