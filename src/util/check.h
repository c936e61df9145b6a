// CHECK: a claim about our own code, tested in release builds too. A broken one prints the claim,
// the place and whatever was streamed into it, then aborts. For what the world may do wrong there
// is util/error.h.
#pragma once

#include <sstream>

namespace rr {

class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* claim);
  [[noreturn]] ~CheckFailure();
  std::ostream& stream() { return text_; }

 private:
  std::ostringstream text_;
};

// Swallows the stream so that CHECK is an expression of type void.
struct CheckVoidify {
  void operator&(std::ostream&) {}
};

}  // namespace rr

#define CHECK(condition) \
  (condition) ? (void)0  \
              : ::rr::CheckVoidify() & ::rr::CheckFailure(__FILE__, __LINE__, #condition).stream()
