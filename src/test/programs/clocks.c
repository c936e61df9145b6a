// The time, by every clock and into every kind of memory; time namespaces, whose clocks are others.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { kPage = 4096, kNewTime = 0x80 };

static long ask(long clock, void* out) { return syscall(SYS_clock_gettime, clock, out); }

static double seconds(long clock) {
  struct timespec time;
  CHECK(ask(clock, &time) == 0);
  CHECK(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void every_clock(void) {
  for (long clock = 0; clock < 16; ++clock) {
    struct timespec time = {-1, -1};
    if (ask(clock, &time) == 0) {
      CHECK(time.tv_sec >= 0 && time.tv_nsec >= 0);
      printf("clock %ld: %ld.%09ld\n", clock, (long)time.tv_sec, time.tv_nsec);
    } else {
      CHECK(errno == EINVAL || errno == ENODEV || errno == EOPNOTSUPP);
      CHECK(time.tv_sec == -1 && time.tv_nsec == -1);
    }
  }
  CHECK(ask(1L << 32 | CLOCK_MONOTONIC, &(struct timespec){0}) == 0);  // an int
  double last = 0;
  for (int i = 0; i < 200; ++i) {
    const double now = seconds(CLOCK_MONOTONIC);
    CHECK(now >= last);
    last = now;
  }
  struct timeval day;
  struct timezone zone = {-1, -1};
  CHECK(syscall(SYS_gettimeofday, &day, &zone) == 0 && zone.tz_minuteswest != -1);
  CHECK(syscall(SYS_gettimeofday, NULL, NULL) == 0);
  CHECK(syscall(SYS_gettimeofday, &day, NULL) == 0);
  CHECK(day.tv_usec >= 0 && day.tv_usec < 1000000);
  const double apart = seconds(CLOCK_REALTIME) - (double)day.tv_sec;
  CHECK(apart >= 0 && apart < 3600);
  printf("%ld.%06ld\n", (long)day.tv_sec, (long)day.tv_usec);
}

static void odd_places(void) {
  char* pages = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pages != MAP_FAILED);
  // Across two pages, then with the second read-only, then gone.
  CHECK(ask(CLOCK_REALTIME, pages + kPage - 8) == 0);
  CHECK(mprotect(pages + kPage, kPage, PROT_READ) == 0);
  CHECK(ask(CLOCK_REALTIME, pages + kPage - 8) == -1 && errno == EFAULT);
  CHECK(ask(CLOCK_REALTIME, pages + kPage) == -1 && errno == EFAULT);
  CHECK(syscall(SYS_gettimeofday, pages + kPage, NULL) == -1 && errno == EFAULT);
  CHECK(munmap(pages + kPage, kPage) == 0);
  CHECK(ask(CLOCK_REALTIME, pages + kPage) == -1 && errno == EFAULT);
  CHECK(ask(CLOCK_REALTIME, NULL) == -1 && errno == EFAULT);
  CHECK(ask(CLOCK_REALTIME, (void*)-8L) == -1 && errno == EFAULT);
  CHECK(ask(CLOCK_REALTIME, pages + 1) == 0);
  // A first write to a page that a child shares.
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) _exit(ask(CLOCK_REALTIME, pages + 64) == 0 ? 0 : 1);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  for (int i = 0; i < 16; ++i) CHECK(pages[64 + i] == 0);
  CHECK(munmap(pages, kPage) == 0);
}

static volatile int is_over;

static void* until_over(void* unused) {
  while (!is_over) (void)seconds(CLOCK_MONOTONIC);
  return unused;
}

// Asking for the time is no reason to keep the turn.
static void threads_that_poll(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, until_over, NULL) == 0);
  const double begin = seconds(CLOCK_MONOTONIC);
  while (seconds(CLOCK_MONOTONIC) < begin + 0.001) continue;
  is_over = 1;
  CHECK(pthread_join(thread, NULL) == 0);
}

// A day is added to the clocks of the children.
static void namespace_of_times(void) {
  if (geteuid() != 0 || unshare(kNewTime) != 0) return;
  const int offsets = open("/proc/self/timens_offsets", O_WRONLY);
  CHECK(offsets >= 0);
  const char text[] = "monotonic 86400 0\nboottime 86400 0\n";
  CHECK(write(offsets, text, strlen(text)) == (ssize_t)strlen(text));
  CHECK(close(offsets) == 0);
  const double ours = seconds(CLOCK_MONOTONIC);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const double apart = seconds(CLOCK_MONOTONIC) - ours;
    _exit(apart >= 86400 && apart < 90000 ? 0 : 1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(seconds(CLOCK_MONOTONIC) - ours < 3600);
}

int main(void) {
  every_clock();
  odd_places();
  threads_that_poll();
  namespace_of_times();
  puts("done");
  return 0;
}
