// Signals that come while the program computes, with a system call now and then: a timer's, and another process's. What the
// handlers see of the computation is printed, so a replay must put them where they were.
#include "check.h"
#include <poll.h>
#include <sys/time.h>

static volatile int alarms, users;
static volatile unsigned long progress, seen;
static void on_alarm(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  ++alarms;
  seen = seen * 31 + progress;
}
static void on_user(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  CHECK(info->si_code == SI_USER && info->si_pid == getppid());
  ++users;
  seen = seen * 37 + progress;
}

int main(void) {
  handle(SIGALRM, on_alarm, SA_RESTART);
  handle(SIGUSR1, on_user, 0);
  int told[2];
  CHECK(pipe(told) == 0);
  const pid_t child = fork();
  if (child == 0) {
    while (users < 3) {
      for (int i = 0; i < 20000; ++i) ++progress;
      getpgrp();
    }
    printf("child %lx\n", seen);
    fflush(stdout);
    CHECK(write(told[1], "x", 1) == 1);
    for (;;) {
      for (int i = 0; i < 20000; ++i) ++progress;
      getpgrp();
    }
  }
  const struct itimerval every = {{0, 2000}, {0, 2000}};
  CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
  for (int round = 0; alarms < 10; ++round) {
    for (int i = 0; i < 20000; ++i) ++progress;
    if (round % 5 == 0) kill(child, SIGUSR1);
    usleep(500);
  }
  const struct itimerval off = {{0, 0}, {0, 0}};
  CHECK(setitimer(ITIMER_REAL, &off, NULL) == 0);
  struct pollfd printed = {told[0], POLLIN, 0};
  while (poll(&printed, 1, 1) == 0) kill(child, SIGUSR1);
  CHECK(kill(child, SIGTERM) == 0);
  const int status = status_of(child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  printf("parent %lx\n", seen);
  return 0;
}
