// Half a second without a system call, for those who lose patience with it.
#include <stdio.h>

long rounds;
long untouched;

__attribute__((noinline)) static void go_round(long count) {
  for (long i = 0; i < count; ++i) *(volatile long*)&rounds = i;
}

int main(void) {
  go_round(100000000);
  printf("%ld rounds, %ld\n", rounds + 1, untouched);
  return 0;
}
