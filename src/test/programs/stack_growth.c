// Uses 6 MB of stack, page by page and in one jump.
#include <stdio.h>
#include <string.h>

static int depth(int n) {
  volatile char frame[4096];
  frame[0] = (char)n;
  frame[4095] = (char)(n >> 8);
  if (n == 0) return 0;
  return depth(n - 1) + (frame[0] == (char)n && frame[4095] == (char)(n >> 8));
}

int main(void) {
  printf("%d\n", depth(1400));
  volatile char far[7000000 - 1400 * 4096 > 0 ? 900000 : 1];
  far[0] = 1;
  return depth(1400) == 1400 && far[0] == 1 ? 0 : 1;
}
