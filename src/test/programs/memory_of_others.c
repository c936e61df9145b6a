// Memory written through the kernel by address: process_vm_writev, /proc/PID/mem of a child, of the
// parent and of the writer itself.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUIRE(condition)                                                 \
  do {                                                                     \
    if (!(condition)) {                                                    \
      printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno)); \
      exit(1);                                                             \
    }                                                                      \
  } while (0)

static char ours[3][10000];
static const char constant[] = "constant";

static int is(const char* memory, const char* text) {
  return memcmp(memory, text, strlen(text)) == 0;
}

int main(void) {
  int to_child[2], to_parent[2];
  char byte = 0;
  REQUIRE(pipe(to_child) == 0 && pipe(to_parent) == 0);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    close(to_child[1]);
    if (read(to_child[0], &byte, 1) != 1) _exit(1);
    if (!is(ours[0], "one") || !is(ours[1] + 5000, "two") || !is(ours[2], "through proc")) _exit(2);
    const struct iovec local = {"from the child", 14}, remote = {ours[0] + 100, 14};
    if (process_vm_writev(parent, &local, 1, &remote, 1, 0) != 14) _exit(3);
    if (write(to_parent[1], &byte, 1) != 1) _exit(4);
    if (read(to_child[0], &byte, 1) != 1) _exit(5);
    printf("child %s %s %s\n", ours[0], ours[1] + 5000, ours[2]);
    fflush(stdout);
    _exit(0);
  }
  const struct iovec local[2] = {{"one", 3}, {"two", 3}};
  const struct iovec remote[2] = {{ours[0], 3}, {ours[1] + 5000, 3}};
  REQUIRE(process_vm_writev(child, local, 2, remote, 2, 0) == 6);
  REQUIRE(process_vm_writev(child, local, 2, &(struct iovec){(void*)8, 6}, 1, 0) == -1);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", (int)child);
  const int theirs = open(path, O_RDWR);
  REQUIRE(theirs >= 0);
  REQUIRE(pwrite(theirs, "through proc", 12, (off_t)ours[2]) == 12);
  REQUIRE(write(to_child[1], &byte, 1) == 1);
  REQUIRE(read(to_parent[0], &byte, 1) == 1);
  REQUIRE(is(ours[0] + 100, "from the child") && ours[0][0] == 0);
  printf("parent %s\n", ours[0] + 100);
  REQUIRE(lseek(theirs, (off_t)ours[2] + 8, SEEK_SET) == (off_t)ours[2] + 8);
  REQUIRE(write(theirs, "PROC", 4) == 4);

  // Our own, read-only memory included.
  const int own = open("/proc/self/mem", O_RDWR);
  REQUIRE(own >= 0);
  REQUIRE(pwrite(own, "self", 4, (off_t)ours[1]) == 4 && is(ours[1], "self"));
  const struct iovec parts[2] = {{"two ", 4}, {"parts", 5}};
  REQUIRE(pwritev(own, parts, 2, (off_t)ours[1] + 4) == 9 && is(ours[1], "selftwo parts"));
  // Kernels of today may forbid it to all but tracers.
  const int is_forced = pwrite(own, "CONST", 5, (off_t)constant) == 5;
  const volatile char* seen = constant;
  printf("self %s %c%c%c%c%c%c\n", ours[1], seen[0], seen[1], seen[2], seen[3], seen[4], seen[5]);
  REQUIRE(seen[0] == (is_forced ? 'C' : 'c'));
  char back[8] = "";
  REQUIRE(pread(own, back, 4, (off_t)ours[1]) == 4 && is(back, "self"));
  fflush(stdout);
  REQUIRE(write(to_child[1], &byte, 1) == 1);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child && status == 0);
  return 0;
}
