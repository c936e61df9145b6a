// A program begun under small limits of its memory: what is held against them is its own, and of that nothing is a
// recorder's.
#define _GNU_SOURCE
#include "check.h"
#include <sys/mman.h>

static void* map(size_t size) {
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void begin(char* program, int resource, const char* limited) {
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const struct rlimit limit = {6 << 20, 6 << 20};
    CHECK(setrlimit(resource, &limit) == 0);
    execl(program, program, limited, NULL);
    _exit(2);
  }
  CHECK(status_of(child) == 0);
}

int main(int count, char** arguments) {
  if (count == 1) {
    begin(arguments[0], RLIMIT_AS, "size");
    begin(arguments[0], RLIMIT_DATA, "data");
    printf("limits hold\n");
    return 0;
  }
  CHECK(map(2 << 20) != MAP_FAILED);
  CHECK(map(6 << 20) == MAP_FAILED && errno == ENOMEM);
  // Memory is shared with a child here: the kernel writes right where the parent looks.
  const pid_t child = vfork();
  if (child == 0) {
    static int ends[2];
    if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) _exit(3);
    char byte = 0;
    _exit(read(ends[0], &byte, 1) == 1 && byte == 'x' ? 0 : 4);
  }
  CHECK(status_of(child) == 0);
  printf("%s\n", arguments[1]);
  return 0;
}
