// Waiting for signals: sigsuspend, sigtimedwait, signalfd, ppoll and pselect with a mask, queued real-time signals in their
// order and with their values, pause, and signals to a thread.
#define _GNU_SOURCE
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static volatile int order[64], seen;
static void note(int signal, siginfo_t* info, void* context) {
  (void)context;
  order[seen++] = signal * 100 + info->si_value.sival_int;
}
static void arm(int milliseconds) {
  const struct itimerval value = {{0, 0}, {0, milliseconds * 1000}};
  CHECK(setitimer(ITIMER_REAL, &value, NULL) == 0);
}
static volatile int told;
static void* wait_for_word(void* unused) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 5);
  siginfo_t info;
  told = 1;
  CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + 5 && info.si_value.sival_int == 9);
  return unused;
}

int main(void) {
  sigset_t blocked, none, old;
  sigfillset(&blocked);
  sigemptyset(&none);
  CHECK(sigprocmask(SIG_SETMASK, &blocked, &old) == 0);
  handle(SIGALRM, note, 0);
  handle(SIGUSR1, note, 0);
  for (int i = 0; i < 4; ++i) handle(SIGRTMIN + i, note, 0);

  arm(5);
  CHECK(sigsuspend(&none) == -1 && errno == EINTR && seen == 1 && order[0] / 100 == SIGALRM);

  for (int round = 0; round < 3; ++round)
    for (int i = 3; i >= 0; --i) {
      const union sigval value = {.sival_int = round};
      CHECK(sigqueue(getpid(), SIGRTMIN + i, value) == 0);
    }
  seen = 0;
  CHECK(sigsuspend(&none) == -1 && errno == EINTR);
  // The lowest was delivered first and returns last, to where all are blocked: its other two still wait.
  CHECK(seen == 10);
  CHECK(sigsuspend(&none) == -1 && sigsuspend(&none) == -1 && seen == 12);
  for (int i = 0; i < seen; ++i) printf("%d ", order[i] - SIGRTMIN * 100);
  printf("\n");

  sigset_t user;
  sigemptyset(&user);
  sigaddset(&user, SIGUSR1);
  const struct timespec soon = {0, 3000000};
  siginfo_t info;
  CHECK(sigtimedwait(&user, &info, &soon) == -1 && errno == EAGAIN);
  kill(getpid(), SIGUSR1);
  CHECK(sigtimedwait(&user, &info, &soon) == SIGUSR1 && info.si_pid == getpid());
  int got = 0;
  kill(getpid(), SIGUSR1);
  CHECK(sigwait(&user, &got) == 0 && got == SIGUSR1);

  const int descriptor = signalfd(-1, &user, SFD_CLOEXEC | SFD_NONBLOCK);
  struct signalfd_siginfo news[2];
  CHECK(read(descriptor, news, sizeof news) == -1 && errno == EAGAIN);
  kill(getpid(), SIGUSR1);
  struct pollfd polled = {descriptor, POLLIN, 0};
  CHECK(poll(&polled, 1, 1000) == 1);
  CHECK(read(descriptor, news, sizeof news) == sizeof news[0] && news[0].ssi_signo == SIGUSR1);

  seen = 0;
  arm(5);
  CHECK(ppoll(NULL, 0, NULL, &none) == -1 && errno == EINTR && seen == 1);
  arm(5);
  CHECK(pselect(0, NULL, NULL, NULL, NULL, &none) == -1 && errno == EINTR && seen == 2);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGALRM));

  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_for_word, NULL) == 0);
  while (!told) sched_yield();
  const union sigval nine = {.sival_int = 9};
  CHECK(pthread_sigqueue(thread, SIGRTMIN + 5, nine) == 0);
  pthread_join(thread, NULL);

  sigprocmask(SIG_SETMASK, &none, NULL);
  arm(5);
  CHECK(pause() == -1 && errno == EINTR && seen == 3);
  printf("waited\n");
  return 0;
}
