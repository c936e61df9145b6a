// A program's wishes about processors: granted, though nothing moves, unless the kernel would refuse.
#define _GNU_SOURCE
#include "check.h"
#include <sched.h>
#include <sys/syscall.h>

int main(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CHECK(sched_setaffinity(0, sizeof set, &set) == -1 && errno == EINVAL);
  CHECK(syscall(SYS_sched_setaffinity, 0, 8, 8) == -1 && errno == EFAULT);
  CPU_SET(0, &set);
  CHECK(sched_setaffinity(0x7fffff00, sizeof set, &set) == -1 && errno == ESRCH);
  CHECK(sched_setaffinity(getpid(), sizeof set, &set) == 0);
  CHECK(syscall(SYS_sched_setaffinity, 0, 1, &set) == 0);
  CHECK(syscall(SYS_sched_setaffinity, 0, 0, &set) == -1 && errno == EINVAL);
  CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0);
  printf("processors\n");
  return 0;
}
