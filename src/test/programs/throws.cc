// Exceptions for a debugger to catch: one that is thrown on by who caught it, and one of another
// type.
#include <cstdio>
#include <stdexcept>

namespace {

struct Refused {
  int code;
};

[[gnu::noinline]] void refuse(int code) { throw Refused{code}; }

[[gnu::noinline]] void fail_on(const char* what) {
  try {
    throw std::runtime_error(what);
  } catch (const std::exception&) {
    throw;
  }
}

}  // namespace

int main() {
  int caught = 0;
  try {
    fail_on("on purpose");
  } catch (const std::runtime_error& error) {
    std::printf("caught %s\n", error.what());
  }
  try {
    refuse(7);
  } catch (const Refused& refused) {
    caught = refused.code;
  }
  std::printf("refused %d\n", caught);
  return 0;
}
