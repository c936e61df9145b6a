// Executes a program that has another group's rights, where that is permitted: the kernel takes
// performance counters away from such a process.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int work(void) {
  unsigned sum = 0;
  for (unsigned i = 0; i < 100000; ++i) {
    sum = sum * 31 + i;
    if (i % 20000 == 0) sum += (unsigned)(getppid() > 0);
  }
  printf("group %d, sum %u\n", (int)getegid(), sum);
  return 0;
}

int main(int argc, char** argv) {
  (void)argv;
  if (argc > 1) return work();
  char name[] = "/var/tmp/set-group-id-XXXXXX";
  int to = mkstemp(name), from = open("/proc/self/exe", O_RDONLY);
  struct stat status;
  fstat(from, &status);
  if (sendfile(to, from, NULL, (size_t)status.st_size) != status.st_size) return 2;
  if (fchown(to, (uid_t)-1, getuid() == 0 ? 1 : getgid()) != 0 || fchmod(to, 02755) != 0) return 3;
  close(to);
  pid_t child = fork();
  if (child == 0) {
    execl(name, name, "again", NULL);
    _exit(4);
  }
  int end = -1;
  waitpid(child, &end, 0);
  unlink(name);
  return end == 0 ? 0 : 5;
}
