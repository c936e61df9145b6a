// Stopping and continuing: a process with several threads, a whole group, by SIGSTOP and SIGTSTP, with a handler for SIGCONT,
// and an end while stopped.
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <time.h>

static volatile int continued;
static void on_continue(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  ++continued;
}
static volatile int stop;
static void* sleep_in_pieces(void* unused) {
  const struct timespec t = {0, 1000000};
  while (!stop) nanosleep(&t, NULL);
  return unused;
}
static void* call(void* unused) {
  for (; !stop; getppid()) compute_a_little();
  return unused;
}
static void* wait_for_ever(void* unused) {
  for (;;) pause();
  return unused;
}

static void body(void) {
  // In a group of its own, which is no orphan: SIGTSTP stops nobody in one that is.
  CHECK(setpgid(0, 0) == 0);
  handle(SIGCONT, on_continue, 0);
  pthread_t threads[3];
  CHECK(pthread_create(&threads[0], NULL, sleep_in_pieces, NULL) == 0);
  CHECK(pthread_create(&threads[1], NULL, call, NULL) == 0);
  CHECK(pthread_create(&threads[2], NULL, wait_for_ever, NULL) == 0);
  while (continued < 3) {
    const struct timespec t = {0, 1000000};
    nanosleep(&t, NULL);
  }
  stop = 1;
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  _exit(50);
}

static void wait_a_little(void) {
  const struct timespec t = {0, 10000000};
  nanosleep(&t, NULL);
}

int main(void) {
  int status;
  const pid_t child = fork();
  if (child == 0) body();
  wait_a_little();
  for (int i = 0; i < 3; ++i) {
    CHECK(kill(child, i == 1 ? SIGTSTP : SIGSTOP) == 0);
    CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
    wait_a_little();
    CHECK(kill(child, SIGCONT) == 0);
    CHECK(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    wait_a_little();
  }
  CHECK(WEXITSTATUS(status_of(child)) == 50);

  // A group of three.
  pid_t group = 0, members[3];
  for (int i = 0; i < 3; ++i) {
    members[i] = fork();
    if (members[i] == 0) {
      setpgid(0, group);
      for (;;) pause();
    }
    if (group == 0) group = members[i];
    setpgid(members[i], group);
  }
  CHECK(kill(-group, SIGSTOP) == 0);
  for (int i = 0; i < 3; ++i) CHECK(waitpid(-group, &status, WUNTRACED) > 0 && WIFSTOPPED(status));
  CHECK(kill(-group, SIGTERM) == 0);  // waits behind the stop
  wait_a_little();
  CHECK(waitpid(-group, &status, WNOHANG) == 0);
  CHECK(kill(members[1], SIGKILL) == 0);  // does not
  CHECK(WTERMSIG(status_of(members[1])) == SIGKILL);
  CHECK(kill(-group, SIGCONT) == 0);
  CHECK(WTERMSIG(status_of(members[0])) == SIGTERM);
  CHECK(WTERMSIG(status_of(members[2])) == SIGTERM);
  printf("stopped and continued\n");
  return 0;
}
