// What a program is told of its CPU is the same wherever it asks: its stack, /proc/self/auxv in any
// piece, a child's, prctl, /proc/cpuinfo; and calls about hidden features fail as without them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
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

static unsigned char vector[4096];
static ssize_t size;

static void check(const unsigned char* bytes, ssize_t count) {
  int hwcaps = 0;
  for (ssize_t i = 0; i + 16 <= count; i += 16) {
    uint64_t entry[2];
    memcpy(entry, bytes + i, 16);
    if (entry[0] == AT_NULL) break;
    if (entry[0] == AT_HWCAP || entry[0] == AT_HWCAP2 || entry[0] == AT_RANDOM) {
      REQUIRE(entry[1] == getauxval(entry[0]));
      ++hwcaps;
    }
  }
  REQUIRE(hwcaps == 3);
}

static void features_of_cpuinfo(char* line, size_t room) {
  char text[65536];
  const int fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
  ssize_t n = 0, got;
  while ((got = read(fd, text + n, 777)) > 0) n += got;  // in odd pieces
  REQUIRE(got == 0 && n > 0);
  text[n] = 0;
  char again[64];
  REQUIRE(pread(fd, again, 13, 7) == 13 && memcmp(again, text + 7, 13) == 0);
  close(fd);
  const char* features = strstr(text, "Features");
  REQUIRE(features != NULL && strchr(features, '\n') != NULL);
  const size_t length = (size_t)(strchr(features, '\n') - features);
  REQUIRE(length < room - 2);
  memcpy(line, features, length);
  memcpy(line + length, " ", 2);
}

int main(void) {
  const int fd = open("/proc/self/auxv", O_RDONLY);
  REQUIRE(fd >= 0);
  size = read(fd, vector, sizeof vector);
  REQUIRE(size > 160 && size % 16 == 0);
  check(vector, size);

  // Odd offsets and short reads.
  unsigned char piece[100];
  for (off_t at = 0; at < size; at += 37) {
    const ssize_t n = pread(fd, piece, 53, at);
    REQUIRE(n == (size - at < 53 ? size - at : 53) && memcmp(piece, vector + at, (size_t)n) == 0);
  }
  struct iovec parts[2] = {{piece, 11}, {piece + 11, 50}};
  REQUIRE(lseek(fd, 8, SEEK_SET) == 8 && readv(fd, parts, 2) == 61);
  REQUIRE(memcmp(piece, vector + 8, 61) == 0);

#ifndef PR_GET_AUXV
#define PR_GET_AUXV 0x41555856
#endif
  unsigned char told[4096];
  if (prctl(PR_GET_AUXV, told, sizeof told, 0, 0) > 0) REQUIRE(memcmp(told, vector, 160) == 0);

  // A child's is the same, seen from both sides.
  int go[2];
  REQUIRE(pipe(go) == 0);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    unsigned char own[4096];
    const int self = open("/proc/self/auxv", O_RDONLY);
    const int same = read(self, own, sizeof own) == size && memcmp(own, vector, (size_t)size) == 0;
    char byte;
    close(go[1]);
    if (read(go[0], &byte, 1) != 0) _exit(2);
    _exit(same ? 0 : 1);
  }
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/auxv", (int)child);
  const int other = open(path, O_RDONLY);
  unsigned char theirs[4096];
  REQUIRE(read(other, theirs, sizeof theirs) == size && memcmp(theirs, vector, (size_t)size) == 0);
  close(go[1]);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child && status == 0);

  // Each feature in /proc/cpuinfo is one of the vector, and the other way round.
  char line[4096];
  features_of_cpuinfo(line, sizeof line);
  REQUIRE((strstr(line, " atomics ") != NULL) == ((getauxval(AT_HWCAP) >> 8 & 1) != 0));
  REQUIRE((strstr(line, " paca ") != NULL) == ((getauxval(AT_HWCAP) >> 30 & 1) != 0));
  REQUIRE((strstr(line, " bti ") != NULL) == ((getauxval(AT_HWCAP2) >> 17 & 1) != 0));
  REQUIRE((strstr(line, " sve ") != NULL) == ((getauxval(AT_HWCAP) >> 22 & 1) != 0));
  REQUIRE((strstr(line, " cpuid ") != NULL) == ((getauxval(AT_HWCAP) >> 11 & 1) != 0));
  REQUIRE((strstr(line, " rng ") != NULL) == ((getauxval(AT_HWCAP2) >> 16 & 1) != 0));
  REQUIRE((strstr(line, " mops ") != NULL) == ((getauxval(AT_HWCAP2) >> 43 & 1) != 0));
  int count = 0;
  for (const char* at = line; (at = strchr(at, ' ')) != NULL; ++at) ++count;
  REQUIRE(count - 1 == __builtin_popcountl(getauxval(AT_HWCAP)) +
                           __builtin_popcountl(getauxval(AT_HWCAP2)));

  // As on a CPU without SVE and MTE, where the vector says there is none.
  if ((getauxval(AT_HWCAP) >> 22 & 1) == 0) {
    REQUIRE(prctl(51, 0, 0, 0, 0) == -1 && errno == EINVAL);       // PR_SVE_GET_VL
    REQUIRE(prctl(50, 16, 0, 0, 0) == -1 && errno == EINVAL);      // PR_SVE_SET_VL
  }
  if ((getauxval(AT_HWCAP2) >> 18 & 1) == 0) {
    REQUIRE(prctl(55, 1 | 2, 0, 0, 0) == -1 && errno == EINVAL);   // PR_MTE_TCF_SYNC
    void* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(mprotect(page, 4096, PROT_READ | 0x20) == -1 && errno == EINVAL);  // PROT_MTE
  }
  REQUIRE(prctl(55, 1, 0, 0, 0) == 0 && prctl(56, 0, 0, 0, 0) == 1);
  const unsigned char* random = (const unsigned char*)getauxval(AT_RANDOM);
  printf("%02x%02x %lx %lx\n%s\n", random[0], random[15], getauxval(AT_HWCAP), getauxval(AT_HWCAP2),
         line);
  return 0;
}
