// What a call writes ends in one page, and nobody has written the next: its first write faults, and
// without LSE that is a store-exclusive, which then fails once.
#include <sys/mman.h>

#include "check.h"

int main(void) {
  enum { kPage = 4096, kRounds = 3 };
  static const int kBefore[kRounds] = {8, 100, 0};  // so near to the next page the output ends
  char* memory =
      mmap(NULL, 2 * kRounds * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  int ends[2];
  CHECK(pipe(ends) == 0);
  for (int i = 0; i < kRounds; ++i) {
    char* next = memory + (2 * i + 1) * kPage;
    CHECK(write(ends[1], "received", 8) == 8);
    CHECK(read(ends[0], next - kBefore[i] - 8, 2000) == 8);
    int none = 0;
    CHECK(__atomic_compare_exchange_n((int*)next, &none, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    getppid();
  }
  printf("%.8s\n", memory + kPage - 16);
  return 0;
}
