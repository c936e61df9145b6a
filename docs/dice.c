// The program of README's tour. It has a fault.
#include <assert.h>
#include <stdio.h>
#include <sys/random.h>

struct tally {
  int seen[6];
  int rolls;
};
static void note(struct tally* tally, unsigned char roll) {
  tally->seen[roll % 7]++;
  tally->rolls++;
}

int main(void) {
  struct tally tally = {{0}, 0};
  for (int i = 0; i < 5; ++i) {
    unsigned char roll;
    if (getrandom(&roll, 1, 0) != 1) return 1;
    note(&tally, roll);
  }
  printf("%d rolls\n", tally.rolls);
  fflush(stdout);
  assert(tally.rolls == 5);
  return 0;
}
