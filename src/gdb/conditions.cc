#include "gdb/conditions.h"

#include <algorithm>

#include "gdb/agent_expression.h"

namespace rr::gdb {
namespace {

using machine::Machine;
using machine::TaskId;

std::optional<uint64_t> register_value(Session& session, const Machine& machine, TaskId task,
                                       size_t number) {
  auto bytes = session.read_register(machine, task, number);
  if (!bytes || bytes->size() > sizeof(uint64_t)) return std::nullopt;
  bytes->resize(sizeof(uint64_t));
  return object_from<uint64_t>(*bytes);
}

bool holds(Session& session, const Machine& machine, TaskId task, const Bytes& condition) {
  const AgentContext context{
      .read_register =
          [&](size_t number) { return register_value(session, machine, task, number); },
      .read_memory =
          [&](Address address, std::span<std::byte> out) {
            return machine.read_memory(task.pid, address, out) == out.size();
          }};
  return evaluate_agent_expression(condition, context).value_or(1) != 0;
}

}  // namespace

bool any_holds(Session& session, const Machine& machine, TaskId task,
               const Conditions* conditions) {
  return conditions == nullptr || conditions->empty() ||
         std::ranges::any_of(*conditions,
                             [&](const Bytes& c) { return holds(session, machine, task, c); });
}

}  // namespace rr::gdb
