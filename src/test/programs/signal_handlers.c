// Signals that come at a known place: raised by an instruction, sent to oneself, and one that interrupts a sleep. Every
// register and the vector state must survive their handlers.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t alarms, segvs, users;
static sigjmp_buf escape;

static void on_user(int signal) {
  (void)signal;
  ++users;
}
static void on_alarm(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  ++alarms;
}
static void on_segv(int signal, siginfo_t* info, void* context) {
  (void)signal;
  ++segvs;
  if (info->si_addr != (void*)16) _exit(40);
  ucontext_t* user = context;
  user->uc_mcontext.pc += 4;  // behind the faulting store
}
static void on_ill(int signal) {
  (void)signal;
  siglongjmp(escape, 1);
}

static void install(int signal, void (*handler)(int), void (*action)(int, siginfo_t*, void*), int flags) {
  struct sigaction act;
  memset(&act, 0, sizeof act);
  if (action) {
    act.sa_sigaction = action;
    act.sa_flags = SA_SIGINFO | flags;
  } else {
    act.sa_handler = handler;
    act.sa_flags = flags;
  }
  if (sigaction(signal, &act, NULL)) _exit(41);
}

int main(void) {
  install(SIGUSR1, on_user, NULL, 0);
  install(SIGSEGV, NULL, on_segv, 0);
  install(SIGALRM, NULL, on_alarm, 0);
  install(SIGILL, on_ill, NULL, SA_NODEFER);

  for (int i = 0; i < 5; ++i) raise(SIGUSR1);
  for (int i = 0; i < 3; ++i) *(volatile int*)16 = i;

  register double d8 __asm__("d8") = 3.25;
  __asm__ volatile("" : "+w"(d8));
  raise(SIGUSR1);
  __asm__ volatile("" : "+w"(d8));
  if (d8 != 3.25) return 2;

  if (sigsetjmp(escape, 1) == 0) __asm__ volatile("udf #0");

  // Interrupted with EINTR, and the remaining time is written.
  struct itimerval timer = {{0, 0}, {0, 50000}};
  setitimer(ITIMER_REAL, &timer, NULL);
  struct timespec wanted = {5, 0}, left = {0, 0};
  if (nanosleep(&wanted, &left) != -1 || errno != EINTR) return 3;
  printf("left %ld.%09ld\n", (long)left.tv_sec, left.tv_nsec);

  // Restarted: the pipe has something only after the alarm.
  install(SIGALRM, NULL, on_alarm, SA_RESTART);
  int ends[2];
  if (pipe(ends)) return 4;
  setitimer(ITIMER_REAL, &timer, NULL);
  struct timespec pause_time = {0, 100000000};
  while (nanosleep(&pause_time, &pause_time) == -1) {
  }
  printf("users %d segvs %d alarms %d\n", (int)users, (int)segvs, (int)alarms);
  return users == 6 && segvs == 3 && alarms == 2 ? 0 : 5;
}
