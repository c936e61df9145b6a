// Takes in bytes that no compression makes fewer: a recording that grows by what the program reads.
// Usage: reads_random_static [KIBIBYTES]
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const int blocks = (argc > 1 ? atoi(argv[1]) : 64) / 16;
  static unsigned char block[16384];
  const int source = open("/dev/urandom", O_RDONLY);
  unsigned sum = 0;
  for (int i = 0; i < blocks; ++i) {
    if (read(source, block, sizeof block) != sizeof block) return 1;
    for (size_t j = 0; j < sizeof block; ++j) sum = sum * 31 + block[j];
    printf("block %d sum %08x\n", i, sum);
    fflush(stdout);
  }
  return 0;
}
