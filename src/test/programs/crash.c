// Dies of a signal raised by one of its own instructions.
#include <stdio.h>

int main(void) {
  puts("about to crash");
  fflush(stdout);
  *(volatile int*)8 = 1;
  return 0;
}
