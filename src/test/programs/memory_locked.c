// mlockall by who may not lock more than a limit: what is mapped is held against it, and of that nothing is a
// recorder's.
#define _GNU_SOURCE
#include "check.h"
#include <sys/mman.h>
#include <sys/resource.h>

static unsigned long mapped(void) {
  unsigned long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1);
  fclose(file);
  return pages * 4096;
}

int main(void) {
  const struct rlimit limit = {6 << 20, 6 << 20};
  CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  if (getuid() == 0) CHECK(setresuid(1000, 1000, 1000) == 0);
  CHECK(mlockall(MCL_CURRENT) == 0);
  CHECK(munlockall() == 0);
  CHECK(mlockall(MCL_CURRENT | 64) == -1 && errno == EINVAL);
  CHECK(mlockall(MCL_ONFAULT) == -1 && errno == EINVAL);
  CHECK(mmap(NULL, 7 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  CHECK(mapped() > 7 << 20);
  CHECK(mlockall(MCL_CURRENT) == -1 && errno == ENOMEM);
  printf("locked\n");
  return 0;
}
