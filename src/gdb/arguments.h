// The arguments of a packet, taken from the front piece by piece. What is not as the protocol has
// it is an Error, which the command table answers.
#pragma once

#include <cstdint>
#include <string_view>

#include "gdb/thread_id.h"
#include "util/types.h"

namespace rr::gdb {

class Arguments final {
 public:
  explicit Arguments(std::string_view text) : rest_(text) {}

  bool is_empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  // Up to the separator, which goes too; all that is left where there is none.
  std::string_view take_until(char separator);
  bool take_if(char c);
  uint64_t take_number(char separator);  // hexadecimal
  Address take_address(char separator) { return {take_number(separator)}; }
  std::string_view take_exactly(size_t count);
  void expect_end() const;

 private:
  std::string_view rest_;
};

[[noreturn]] void fail_malformed(std::string_view what);

TaskPattern parse_tasks_or_fail(std::string_view text);

}  // namespace rr::gdb
