// Signals from everywhere at once: two timers, a child that sends queued real-time signals, children that end, a thread that
// signals another. The handlers nest, and mix what they interrupted, the pc included, into what is printed.
#include "check.h"
#include <pthread.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

enum { kEnough = 6 };
static volatile unsigned long seen, progress;
static volatile sig_atomic_t counts[65];
static volatile int is_done;

static void on_any(int signal, siginfo_t* info, void* context) {
  const ucontext_t* interrupted = context;
  ++counts[signal];
  seen = seen * 1099511628211UL + interrupted->uc_mcontext.pc + progress + (unsigned long)info->si_code;
  for (volatile int i = 0; i < 50; ++i) ++progress;
}

static void on_child(int signal, siginfo_t* info, void* context) {
  const int kept = errno;
  on_any(signal, info, context);
  errno = kept;
}

static void* compute(void* argument) {
  const pthread_t other = *(pthread_t*)argument;
  for (int round = 0; !is_done; ++round) {
    for (int i = 0; i < 3000; ++i) ++progress;
    if (round % 4 == 0) CHECK(pthread_kill(other, SIGUSR2) == 0);
  }
  return NULL;
}

int main(void) {
  handle(SIGALRM, on_any, SA_RESTART | SA_NODEFER);
  handle(SIGUSR2, on_any, SA_RESTART);
  handle(SIGRTMIN, on_any, SA_RESTART | SA_NODEFER);
  handle(SIGRTMIN + 1, on_any, SA_RESTART);
  handle(SIGCHLD, on_child, SA_RESTART);

  const pid_t sender = fork();
  if (sender == 0) {
    const pid_t parent = getppid();
    for (int i = 0; getppid() == parent; ++i) {
      sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = i});
      for (volatile int wait = 0; wait < 4000; ++wait) {
      }
    }
    _exit(0);
  }
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const struct itimerspec often = {{0, 700000}, {0, 700000}};
  CHECK(timer_settime(timer, 0, &often, NULL) == 0);
  const struct itimerval every = {{0, 900}, {0, 900}};
  CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);

  pthread_t self = pthread_self(), thread;
  CHECK(pthread_create(&thread, NULL, compute, &self) == 0);
  for (int round = 0; counts[SIGALRM] < kEnough || counts[SIGRTMIN] < kEnough || counts[SIGUSR2] < kEnough; ++round) {
    for (int i = 0; i < 2000; ++i) ++progress;
    if (round % 16 != 0) continue;
    const pid_t child = fork();
    if (child == 0) _exit(round & 127);
    CHECK(WEXITSTATUS(status_of(child)) == (round & 127));
  }
  is_done = 1;
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(kill(sender, SIGKILL) == 0);
  CHECK(WTERMSIG(status_of(sender)) == SIGKILL);
  printf("seen %lx progress %lu\n", seen, progress);
  return 0;
}
