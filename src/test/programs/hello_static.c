// A statically linked program that meets the common sources of chance: time, random bytes, addresses, its own number, the
// heap, a file. Prints what it saw, so that the replay's output can be compared.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  unsigned char bytes[32];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return 1;
  unsigned sum = 0;
  for (size_t i = 0; i < sizeof bytes; ++i) sum = sum * 31 + bytes[i];
  const unsigned char* at_random = (const unsigned char*)getauxval(AT_RANDOM);
  printf("time %ld.%09ld random %u at_random %02x%02x pid %d stack %p\n", (long)now.tv_sec, now.tv_nsec, sum,
         at_random[0], at_random[1], (int)getpid(), (void*)&now);

  char* big = malloc(3000000);
  memset(big, 'x', 3000000);
  char* bigger = realloc(big, 9000000);
  bigger[8999999] = 'y';
  printf("heap %p %c%c\n", (void*)bigger, bigger[2999999], bigger[8999999]);
  free(bigger);

  char path[] = "/tmp/rr-hello-XXXXXX";
  int fd = mkstemp(path);
  if (fd < 0) return 2;
  if (write(fd, bytes, sizeof bytes) != sizeof bytes) return 3;
  unsigned char back[64];
  if (pread(fd, back, sizeof back, 0) != sizeof bytes || memcmp(back, bytes, sizeof bytes) != 0) return 4;
  struct stat status;
  fstat(fd, &status);
  printf("file %s inode %lu size %ld\n", path, (unsigned long)status.st_ino, (long)status.st_size);
  close(fd);
  unlink(path);
  for (int i = 0; i < argc; ++i) printf("argv[%d] = %s\n", i, argv[i]);
  double x = 1.0;
  for (int i = 1; i < 1000; ++i) x = x * 1.0000001 + (double)(sum % 7) / i;
  printf("float %.17g\n", x);
  return 0;
}
