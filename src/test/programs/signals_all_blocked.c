// While every signal is blocked, in the program or in a handler, a thread that spins still lets
// others run, and nothing is pending that nobody sent. A signal that the program sends to itself
// waits as long as it is blocked, whatever its number.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { kUnusual = 16, kRounds = 400000 };

static atomic_int is_set;
static volatile unsigned long work;

static void* set(void* unused) {
  for (int i = 0; i < 1000; ++i) ++work;
  is_set = 1;
  return unused;
}

static void spin_until_set(void) {
  is_set = 0;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, set, NULL) == 0);
  while (!is_set) ++work;
  pthread_join(thread, NULL);
}

static void* compute(void* unused) {
  for (int i = 0; i < kRounds; ++i) ++work;
  return unused;
}

static void in_handler(int signal) {
  (void)signal;
  while (!is_set) ++work;
}

static void spin_in_handler(void) {
  struct sigaction action = {.sa_handler = in_handler};
  sigfillset(&action.sa_mask);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  is_set = 0;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, set, NULL) == 0);
  CHECK(raise(SIGUSR1) == 0);
  pthread_join(thread, NULL);
}

static void print_pending(const char* when) {
  sigset_t pending;
  CHECK(sigpending(&pending) == 0);
  printf("%s:", when);
  for (int signal = 1; signal < 65; ++signal) {
    if (sigismember(&pending, signal) == 1) printf(" %d", signal);
  }
  printf("\n");
}

int main(void) {
  sigset_t all;
  sigfillset(&all);
  spin_in_handler();
  CHECK(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
  spin_until_set();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, compute, NULL) == 0);
  compute(NULL);
  print_pending("pending");
  pthread_join(thread, NULL);

  CHECK(raise(kUnusual) == 0 && raise(SIGUSR2) == 0);
  print_pending("raised");
  CHECK(pthread_create(&thread, NULL, compute, NULL) == 0);
  pthread_join(thread, NULL);
  const struct timespec at_once = {0, 0};
  siginfo_t info;
  CHECK(sigtimedwait(&all, &info, &at_once) == SIGUSR2);
  CHECK(sigtimedwait(&all, &info, &at_once) == kUnusual && info.si_pid == getpid());
  sigset_t blocked;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && sigismember(&blocked, kUnusual) == 1);
  print_pending("taken");
  return 0;
}
