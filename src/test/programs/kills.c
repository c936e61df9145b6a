// SIGKILL at all kinds of moments: to children that compute, call, sleep, are stopped, and have children themselves.
#include "check.h"
#include <sys/prctl.h>
#include <time.h>

static void wait_a_little(unsigned long nanoseconds) {
  const struct timespec t = {0, (long)nanoseconds};
  nanosleep(&t, NULL);
}
static void body(int kind) {
  volatile unsigned long count = 0;
  for (;;) {
    switch (kind) {
      case 0:
        ++count;
        break;
      case 1:
        compute_a_little();
        getppid();
        break;
      case 2:
        pause();
        break;
      case 3:
        raise(SIGSTOP);
        break;
      case 4: {
        const pid_t child = fork();
        if (child == 0) _exit(3);
        status_of(child);
        break;
      }
    }
  }
}

int main(void) {
  int killed = 0;
  for (int i = 0; i < 40; ++i) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) body(i % 5);
    wait_a_little(100000ul * (i / 5) * (i % 3));
    CHECK(kill(child, SIGKILL) == 0);
    const int status = status_of(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ++killed;
  }
  printf("killed %d\n", killed);
  return 0;
}
