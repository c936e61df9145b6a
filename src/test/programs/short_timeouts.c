// Waits that are over after five microseconds, until another process wakes the one that waits; and the slack of timers,
// which is what it would be.
#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { kWoken = 10 };

static void wait_often(uint32_t* word) {
  for (int woken = 0; woken < kWoken;) {
    const struct timespec short_time = {0, 5000};
    if (syscall(SYS_futex, word, FUTEX_WAIT, 0, &short_time, NULL, 0) == 0) {
      ++woken;
    } else {
      CHECK(errno == ETIMEDOUT || errno == EINTR);
    }
  }
}

static void check_slack(void) {
  const int inherited = prctl(PR_GET_TIMERSLACK);
  CHECK(inherited == 50000);
  CHECK(prctl(PR_SET_TIMERSLACK, 70000) == 0 && prctl(PR_GET_TIMERSLACK) == 70000);
  CHECK(prctl(PR_SET_TIMERSLACK, 0) == 0 && prctl(PR_GET_TIMERSLACK) == inherited);
}

int main(void) {
  uint32_t* word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t child = fork();
  if (child == 0) {
    check_slack();
    wait_often(word);
    return 0;
  }
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  check_slack();
  puts("woken");
  return 0;
}
