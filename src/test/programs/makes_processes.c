// A process tree for a debugger: a fork, a vfork with an exec, a signal with a handler, errno of
// its own in a thread.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t handled;
static __thread volatile int own = 100;

static void on_signal(int number) { handled = number; }

__attribute__((noinline)) static int in_child(int base) {
  volatile int sum = base;
  for (int i = 0; i < 3; ++i) sum += i;
  return sum;
}

__attribute__((noinline)) static void expect_end(pid_t child, int code) {
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != code) {
    _exit(9);
  }
}

static void by_fork(void) {
  const pid_t child = fork();
  if (child == 0) _exit(in_child(4));
  expect_end(child, 7);
}

static void by_vfork(void) {
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/echo", "echo", "from the executed", (char*)NULL);
    _exit(8);
  }
  expect_end(child, 0);
}

__attribute__((noinline)) static void fail_on_purpose(void) {
  own += 1;
  if (close(-1) == 0) _exit(10);
}

static void* in_thread(void* unused) {
  fail_on_purpose();
  return unused;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  signal(SIGUSR1, on_signal);
  by_fork();
  by_vfork();
  raise(SIGUSR1);
  errno = 0;
  pthread_t thread;
  if (pthread_create(&thread, NULL, in_thread, NULL) != 0) return 11;
  pthread_join(thread, NULL);
  printf("signal %d, errno %d, own %d\n", (int)handled, errno, own);
  return 0;
}
