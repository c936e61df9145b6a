// Timers that interrupt computing: setitimer of each kind, timer_create to the process and to a thread, timerfd; a storm of
// signals between threads that compute.
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

static volatile int ticks[65];
static volatile double series;
static void on_tick(int signal, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  ++ticks[signal];
  series = series * 0.5 + signal;
}
static double compute_until(int signal, int want) {
  double sum = 0;
  for (unsigned long i = 1; ticks[signal] < want; ++i) {
    sum += 1.0 / (double)i;
    if (i % 1000 == 0) sum *= 0.5;
  }
  return sum;
}
static volatile int done;
static unsigned long sums[3];
static void* work(void* argument) {
  unsigned long value = (unsigned long)argument;
  for (unsigned long i = 0; !done; ++i) value = value * 6364136223846793005ul + i;
  sums[(long)argument] = value;
  return argument;
}

int main(void) {
  for (int i = 0; i < 3; ++i) {
    static const int signals[] = {SIGALRM, SIGVTALRM, SIGPROF};
    handle(signals[i], on_tick, i == 0 ? SA_RESTART : 0);
    const struct itimerval value = {{0, 3000}, {0, 3000}};
    CHECK(setitimer(i, &value, NULL) == 0);
    printf("%.9f\n", compute_until(signals[i], 5));
    const struct itimerval off = {{0, 0}, {0, 0}};
    CHECK(setitimer(i, &off, NULL) == 0);
  }
  handle(SIGRTMIN, on_tick, 0);
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGRTMIN;
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const struct itimerspec every = {{0, 2000000}, {0, 2000000}};
  CHECK(timer_settime(timer, 0, &every, NULL) == 0);
  printf("%.9f\n", compute_until(SIGRTMIN, 5));
  CHECK(timer_delete(timer) == 0);
  event.sigev_notify = SIGEV_THREAD_ID;
  event._sigev_un._tid = syscall(SYS_gettid);
  CHECK(timer_create(CLOCK_REALTIME, &event, &timer) == 0);
  CHECK(timer_settime(timer, 0, &every, NULL) == 0);
  printf("%.9f\n", compute_until(SIGRTMIN, 10));
  CHECK(timer_delete(timer) == 0);

  const int descriptor = timerfd_create(CLOCK_MONOTONIC, 0);
  CHECK(timerfd_settime(descriptor, 0, &every, NULL) == 0);
  unsigned long expirations = 0, total = 0;
  while (total < 3) {
    CHECK(read(descriptor, &expirations, 8) == 8);
    total += expirations;
  }

  handle(SIGUSR1, on_tick, 0);
  pthread_t threads[3];
  for (long i = 0; i < 3; ++i) CHECK(pthread_create(&threads[i], NULL, work, (void*)i) == 0);
  for (int i = 0; i < 60; ++i) {
    CHECK(pthread_kill(threads[i % 3], SIGUSR1) == 0);
    if (i % 4 == 0) usleep(500);
  }
  while (ticks[SIGUSR1] < 3) usleep(500);
  done = 1;
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  printf("%lx %lx %lx %d %.9f\n", sums[0], sums[1], sums[2], ticks[SIGUSR1] > 0, series);
  return 0;
}
