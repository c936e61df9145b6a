// Every byte that it reads shows at once: their sum is an argument of the next system call. Then it calls into a shared
// library. A small stage for planted divergences and for the debugger.
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

struct total {
  unsigned sum;
  int count;
};

__attribute__((noinline)) int add_bytes(struct total* total, const unsigned char* bytes, int count) {
  int before = total->count;
  for (int i = 0; i < count; ++i) {
    total->sum = total->sum * 31 + bytes[i];
    ++total->count;
  }
  return total->count - before;
}

int main(void) {
  unsigned char bytes[64];
  struct total total = {0, 0};
  for (int round = 0; round < 5; ++round) {
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return 1;
    int added = add_bytes(&total, bytes, sizeof bytes);
    lseek(-1, total.sum, SEEK_SET);
    if (added != sizeof bytes) return 2;
  }
  printf("%d bytes, sum %u\n", total.count, total.sum);
  puts("done");
  return 0;
}
