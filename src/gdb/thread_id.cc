#include "gdb/thread_id.h"

#include <cstdint>
#include <limits>

#include "gdb/hex.h"

namespace rr::gdb {
namespace {

struct Number {
  bool is_choice = false;
  int32_t value = 0;
};

std::optional<Number> parse_number(std::string_view text) {
  if (text == "-1" || text == "0") return Number{};
  const auto value = parse_hex(text);
  if (!value || *value > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
    return std::nullopt;
  }
  return Number{*value != 0, static_cast<int32_t>(*value)};
}

}  // namespace

std::optional<TaskPattern> parse_task_pattern(std::string_view text) {
  TaskPattern pattern;
  if (text.starts_with('p')) {
    const size_t dot = text.find('.');
    const auto pid = parse_number(text.substr(1, dot == text.npos ? dot : dot - 1));
    if (!pid) return std::nullopt;
    if (pid->is_choice) pattern.pid = Pid{pid->value};
    if (dot == text.npos) return pattern;
    text.remove_prefix(dot + 1);
  }
  const auto tid = parse_number(text);
  if (!tid) return std::nullopt;
  if (tid->is_choice) pattern.tid = Tid{tid->value};
  return pattern;
}

std::string format_task(machine::TaskId id, IdSyntax syntax) {
  const std::string tid = to_hex(static_cast<uint64_t>(id.tid.value));
  if (syntax == IdSyntax::kThread) return tid;
  return "p" + to_hex(static_cast<uint64_t>(id.pid.value)) + "." + tid;
}

}  // namespace rr::gdb
