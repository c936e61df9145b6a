// A process that has other arguments shown than it was started with, as daemons do: PR_SET_MM.
#include <sys/mman.h>
#include <sys/prctl.h>

#include "check.h"

static const char kName[] = "another name";

static void print_arguments(void) {
  char shown[64] = {0};
  FILE* file = fopen("/proc/self/cmdline", "r");
  CHECK(file != NULL);
  const size_t size = fread(shown, 1, sizeof shown - 1, file);
  fclose(file);
  const char* last = strrchr(shown, '/');
  printf("%zu bytes, %s\n", last == NULL ? size : 0, last == NULL ? shown : last + 1);
}

int main(void) {
  print_arguments();
  // Below the stack, where the arguments are.
  char* memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  strcpy(memory, kName);
  const unsigned long start = (unsigned long)memory;
  if (prctl(PR_SET_MM, PR_SET_MM_ARG_START, start, 0, 0) < 0) {
    CHECK(errno == EPERM);
    printf("not privileged\n");
    return 0;
  }
  CHECK(prctl(PR_SET_MM, PR_SET_MM_ARG_END, start + sizeof kName, 0, 0) == 0);
  print_arguments();
  CHECK(prctl(PR_SET_MM, PR_SET_MM_ARG_END, start - 1, 0, 0) < 0 && errno == EINVAL);
  return 0;
}
