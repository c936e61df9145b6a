// Reads the generic timer's registers itself. Where the kernel can trap that, the replay shows what
// was read then; where it cannot (before 6.12) the program does not try.
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>

int main(void) {
  int state = 0;
  if (prctl(25 /* PR_GET_TSC */, &state) != 0) {
    puts("no trap in this kernel");
    return 0;
  }
  uint64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    uint64_t count, frequency;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    if (count < last || frequency == 0) return 1;
    last = count;
    printf("%lu at %lu Hz\n", (unsigned long)count, (unsigned long)frequency);
  }
  return 0;
}
