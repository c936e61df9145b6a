// What a shared mapping leaves behind the end of its file, in the file's last page: a child writes it
// and goes, its parent maps the file again, for writing, for reading and privately.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kSize = 2048 };

static char* map(int fd, int protection, int flags) {
  char* memory = mmap(NULL, kSize, protection, flags, fd, 0);
  if (memory == MAP_FAILED) exit(2);
  return memory;
}

int main(void) {
  char path[] = "/tmp/rr-end-XXXXXX";
  const int fd = mkstemp(path);
  if (fd < 0 || ftruncate(fd, kSize)) return 1;
  const int reading = open(path, O_RDONLY);
  unlink(path);
  if (fork() == 0) {
    char* memory = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    strcpy(memory, "in the file");
    strcpy(memory + kSize, "behind its end");
    munmap(memory, kSize);
    _exit(0);
  }
  wait(NULL);
  const char* written = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  const char* read = map(reading, PROT_READ, MAP_SHARED);
  const char* private = map(reading, PROT_READ, MAP_PRIVATE);
  printf("%s, %s, %s\n", written, read, private);
  printf("%s, %s, %s\n", written + kSize, read + kSize, private + kSize);
  return strcmp(written, "in the file") == 0 && strcmp(read + kSize, written + kSize) == 0 &&
                 strcmp(private + kSize, written + kSize) == 0
             ? 0
             : 3;
}
