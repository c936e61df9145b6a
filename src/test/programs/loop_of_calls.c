// Makes system calls for a long time, saying a line now and then: something to be interrupted in.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 300;
  for (int i = 0; i < rounds; ++i) {
    if (getppid() < 0) return 1;
    if (i % 100 == 0) {
      printf("round %d\n", i);
      fflush(stdout);
    }
  }
  return 0;
}
