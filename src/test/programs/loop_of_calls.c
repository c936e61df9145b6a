// Makes system calls for a long time, saying a line now and then: something to be interrupted in.
// Arguments: how many, and for how many microseconds it rests behind each line.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 300;
  const int rest = argc > 2 ? atoi(argv[2]) : 0;
  for (int i = 0; i < rounds; ++i) {
    if (getppid() < 0) return 1;
    if (i % 100 == 0) {
      printf("round %d\n", i);
      fflush(stdout);
      if (rest > 0) usleep(rest);
    }
  }
  return 0;
}
