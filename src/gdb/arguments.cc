#include "gdb/arguments.h"

#include <algorithm>
#include <string>

#include "gdb/hex.h"
#include "util/error.h"

namespace rr::gdb {

void fail_malformed(std::string_view what) { fail("malformed packet: " + std::string(what)); }

std::string_view Arguments::take_until(char separator) {
  const size_t end = rest_.find(separator);
  const std::string_view piece = rest_.substr(0, end);
  rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
  return piece;
}

bool Arguments::take_if(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

uint64_t Arguments::take_number(char separator) {
  const auto value = parse_hex(take_until(separator));
  if (!value) fail_malformed("a hexadecimal number is missing");
  return *value;
}

std::string_view Arguments::take_exactly(size_t count) {
  if (rest_.size() < count) fail_malformed("it ends too early");
  const std::string_view piece = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return piece;
}

void Arguments::expect_end() const {
  if (!rest_.empty()) fail_malformed("there is something behind its end");
}

TaskPattern parse_tasks_or_fail(std::string_view text) {
  const auto pattern = parse_task_pattern(text);
  if (!pattern) fail_malformed("a thread id is missing");
  return *pattern;
}

}  // namespace rr::gdb
