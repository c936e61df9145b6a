// Bytes that the kernel moves without showing them: sendfile, splice, tee, vmsplice,
// copy_file_range, and O_DIRECT.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int failures;
static void check(int holds, const char* what) {
  printf("%s: %s\n", what, holds ? "yes" : "NO");
  if (!holds) ++failures;
}

static int new_file(const char* folder, const char* contents, int flags) {
  char name[100];
  snprintf(name, sizeof name, "%s/calls-pipes-XXXXXX", folder);
  int fd = mkostemp(name, flags & ~O_DIRECT);
  if (write(fd, contents, strlen(contents)) < 0) exit(2);
  if ((flags & O_DIRECT) != 0) {
    close(fd);
    fd = open(name, O_RDWR | O_DIRECT);
  }
  unlink(name);
  return fd;
}

int main(void) {
  char bytes[64];
  int first[2], second[2];
  if (pipe(first) < 0 || pipe(second) < 0) return 2;
  int file = new_file("/tmp", "the contents of a file", 0);

  off_t from = 4;
  check(sendfile(first[1], file, &from, 8) == 8 && from == 12, "sendfile moves on");
  check(tee(first[0], second[1], 100, 0) == 8, "tee copies");
  check(read(first[0], bytes, sizeof bytes) == 8 && memcmp(bytes, "contents", 8) == 0,
        "what sendfile put there");
  check(read(second[0], bytes, sizeof bytes) == 8 && memcmp(bytes, "contents", 8) == 0, "and tee");

  loff_t in = 16;
  check(splice(file, &in, first[1], NULL, 6, 0) == 6 && in == 22, "splice into a pipe");
  int copy = new_file("/tmp", "0123456789", 0);
  loff_t out = 2;
  check(splice(first[0], NULL, copy, &out, 6, 0) == 6 && out == 8, "and out of it");
  check(pread(copy, bytes, sizeof bytes, 0) == 10 && memcmp(bytes, "01a file89", 10) == 0,
        "into the middle of a file");

  char words[] = "from memory";
  struct iovec given[2] = {{words, 5}, {words + 5, 6}};
  check(vmsplice(first[1], given, 2, 0) == 11, "vmsplice gives");
  char taken[2][8];
  struct iovec rooms[2] = {{taken[0], 4}, {taken[1], 7}};
  check(vmsplice(first[0], rooms, 2, 0) == 11 && memcmp(taken[1], " memory", 7) == 0, "and takes");

  in = 0;
  out = 0;
  int target = new_file("/tmp", "", 0);
  check(copy_file_range(file, &in, target, &out, 12, 0) == 12 && in == 12 && out == 12,
        "copy_file_range");
  check(pread(target, bytes, sizeof bytes, 0) == 12 && memcmp(bytes, "the contents", 12) == 0,
        "copied");

  char* aligned = NULL;
  if (posix_memalign((void**)&aligned, 4096, 8192) != 0) return 2;
  memset(aligned, 'd', 8192);
  int direct = new_file("/var/tmp", "", O_DIRECT);
  if (direct >= 0) {
    check(pwrite(direct, aligned, 8192, 0) == 8192, "O_DIRECT writes");
    memset(aligned, 0, 8192);
    check(pread(direct, aligned, 4096, 4096) == 4096 && aligned[4095] == 'd' && aligned[4096] == 0,
          "and reads");
  }
  return failures != 0;
}
