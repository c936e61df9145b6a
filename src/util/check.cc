#include "util/check.h"

#include <cstdio>
#include <cstdlib>

namespace rr {

CheckFailure::CheckFailure(const char* file, int line, const char* claim) {
  text_ << "rr: internal error at " << file << ":" << line << ": " << claim << " does not hold. ";
}

CheckFailure::~CheckFailure() {
  text_ << "\n";
  std::fputs(text_.str().c_str(), stderr);
  std::abort();
}

}  // namespace rr
