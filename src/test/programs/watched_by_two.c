// Two processes that write to memory that both have mapped, the second one at another address as
// well, by a store and by a system call.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile uint64_t* cells;
static volatile uint64_t own;

__attribute__((noinline)) static void look(void) { own = cells[0] + cells[2]; }

__attribute__((noinline)) static void child_stores(volatile uint64_t* at) { at[0] = 42; }

__attribute__((noinline)) static void child_reads_in(int fd) {
  if (read(fd, (void*)(cells + 2), 8) != 8) _exit(1);
}

static void child_is_elsewhere(void) {
  void* other = mremap((void*)cells, 0, 4096, MREMAP_MAYMOVE);
  if (other == MAP_FAILED) _exit(1);
  child_stores((volatile uint64_t*)other + 4);
}

int main(void) {
  void* mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ends[2];
  if (mapped == MAP_FAILED || pipe(ends) != 0 || write(ends[1], "abcdefgh", 8) != 8) return 1;
  cells = mapped;
  cells[0] = 1;
  cells[2] = 2;
  look();
  const pid_t child = fork();
  if (child == 0) {
    child_stores(cells);
    child_reads_in(ends[0]);
    child_is_elsewhere();
    _exit(3);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 3) return 1;
  look();
  printf("%d %d %d\n", (int)cells[0], cells[2] != 2, (int)cells[4]);
  look();
  return 0;
}
