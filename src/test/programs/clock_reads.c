// Reads the clock so often that it need not stop for it: in a loop that fills the buffer more than
// once, from threads, in handlers of a timer that comes at any moment, in children, behind exec, and
// with arguments that cannot be satisfied.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int64_t now(clockid_t clock) {
  struct timespec time;
  CHECK(clock_gettime(clock, &time) == 0);
  CHECK(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
  return time.tv_sec * 1000000000 + time.tv_nsec;
}

static volatile int handlers;

static void on_timer(int signal) {
  static int64_t last;
  (void)signal;
  const int64_t next = now(CLOCK_MONOTONIC);
  CHECK(next >= last);
  last = next;
  ++handlers;
}

static void goes_forward(int rounds) {
  int64_t last = now(CLOCK_MONOTONIC);
  for (int i = 0; i < rounds; ++i) {
    const int64_t next = now(CLOCK_MONOTONIC);
    CHECK(next >= last);
    last = next;
  }
}

static void each_clock_tells_its_own_time(void) {
  for (int i = 0; i < 50; ++i) {
    const int64_t real = now(CLOCK_REALTIME);
    struct timeval day;
    CHECK(gettimeofday(&day, NULL) == 0);
    const int64_t of_day = day.tv_sec * INT64_C(1000000000) + day.tv_usec * 1000;
    CHECK(of_day >= real / 1000 * 1000 && of_day - real < INT64_C(10000000000));
    const int64_t coarse = now(CLOCK_REALTIME_COARSE);
    CHECK(coarse > real - INT64_C(10000000000) && coarse - real < INT64_C(10000000000));
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) > 0 && now(CLOCK_THREAD_CPUTIME_ID) > 0);
    CHECK(now(CLOCK_MONOTONIC) < real);
  }
}

static void refuses_what_is_no_clock(void) {
  struct timespec time = {7, 8};
  CHECK(clock_gettime(9999, &time) == -1 && errno == EINVAL);
  CHECK(time.tv_sec == 7 && time.tv_nsec == 8);
  struct timezone zone;
  struct timeval day;
  CHECK(gettimeofday(&day, &zone) == 0 && day.tv_sec > 0);
}

static void* reads(void* rounds) {
  goes_forward((int)(intptr_t)rounds);
  each_clock_tells_its_own_time();
  return NULL;
}

static void in_threads(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) CHECK(pthread_create(&threads[i], NULL, reads, (void*)800) == 0);
  goes_forward(800);
  for (int i = 0; i < 4; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}

static void under_a_timer(void) {
  struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  const struct itimerval often = {{0, 700}, {0, 700}};
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  int64_t last = now(CLOCK_MONOTONIC);
  for (int i = 0; i < 200000 && handlers < 20; ++i) {
    const int64_t next = now(CLOCK_MONOTONIC);
    CHECK(next >= last);
    last = next;
  }
  const struct itimerval never = {{0, 0}, {0, 0}};
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  CHECK(handlers > 0);
}

static void in_children(void) {
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    CHECK(child >= 0);
    goes_forward(300 + 100 * i);
    if (child == 0) _exit(i);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == i);
  }
  const pid_t child = vfork();
  CHECK(child >= 0);
  if (child == 0) {
    goes_forward(50);
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child);
}

static void dies_while_it_reads(void) {
  for (int i = 0; i < 6; ++i) {
    int ready[2];
    CHECK(pipe(ready) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      goes_forward(20);
      CHECK(write(ready[1], "x", 1) == 1);
      for (;;) now(CLOCK_MONOTONIC);
    }
    char byte;
    CHECK(read(ready[0], &byte, 1) == 1);
    for (int spin = 0; spin < 1000 + 777 * i; ++spin) now(CLOCK_MONOTONIC);
    CHECK(kill(child, SIGKILL) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    close(ready[0]);
    close(ready[1]);
  }
}

int main(int argc, char** argv) {
  if (argc > 1) {
    goes_forward(40);
    puts("executed");
    return 0;
  }
  goes_forward(1200);
  each_clock_tells_its_own_time();
  refuses_what_is_no_clock();
  in_threads();
  under_a_timer();
  in_children();
  dies_while_it_reads();
  printf("handlers: %d\n", handlers);
  fflush(stdout);
  execl("/proc/self/exe", argv[0], "again", (char*)NULL);
  CHECK(!"executed");
}
