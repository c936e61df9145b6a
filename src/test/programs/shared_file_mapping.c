// A file mapped shared twice, and by a child: what one writes the others see.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  char path[] = "/tmp/rr-shared-XXXXXX";
  const int fd = mkstemp(path);
  if (fd < 0 || write(fd, "from the file", 14) != 14 || ftruncate(fd, 8192)) return 1;
  char* first = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (first == MAP_FAILED) return 2;
  printf("%s\n", first);
  strcpy(first, "from one mapping");
  char* second = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (second == MAP_FAILED) return 3;
  printf("%s\n", second);
  strcpy(second, "from the other");
  printf("%s\n", first);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    strcpy(second + 4096, "from the child");
    _exit(strcmp(first, "from the other") != 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("%s, %d\n", first + 4096, status);
  unlink(path);
  return strcmp(first + 4096, "from the child") == 0 && status == 0 ? 0 : 4;
}
