// Spins until a byte is what it was given. A replay in which the byte is another, as a planted divergence has it, goes round for
// ever between two system calls.
#include <stdio.h>
#include <unistd.h>

int main(void) {
  int ends[2];
  volatile char byte = 0;
  if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) return 1;
  if (read(ends[0], (char *)&byte, 1) != 1) return 2;
  while (byte != 'x') {
  }
  puts("came");
  return 0;
}
