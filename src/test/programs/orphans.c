// Orphans, zombies, waiting in every way, a new session, process groups, a deep chain and many children.
#define _GNU_SOURCE
#include "check.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void chain(int depth) {
  while (depth-- > 0) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child != 0) _exit(WEXITSTATUS(status_of(child)));
  }
  _exit(7);
}

int main(void) {
  CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
  int ends[2];
  CHECK(pipe(ends) == 0);
  // A grandchild whose parent ends first becomes ours.
  pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      char byte;
      close(ends[1]);
      CHECK(read(ends[0], &byte, 1) == 0);
      CHECK(getppid() != 1);
      _exit(11);
    }
    _exit(10);
  }
  siginfo_t info;
  CHECK(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0 && info.si_status == 10);
  CHECK(waitid(P_PID, child, &info, WEXITED) == 0 && info.si_pid == child);
  CHECK(waitpid(-1, NULL, WNOHANG) == 0);
  close(ends[1]);
  int status;
  struct rusage usage;
  const pid_t orphan = wait4(-1, &status, 0, &usage);
  CHECK(orphan > 0 && WEXITSTATUS(status) == 11);
  CHECK(wait(NULL) == -1 && errno == ECHILD);

  // A session and a group of its own.
  child = fork();
  if (child == 0) {
    CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
    CHECK(setsid() == -1 && errno == EPERM);
    const pid_t inner = fork();
    if (inner == 0) {
      CHECK(setpgid(0, 0) == 0);
      pause();
    }
    while (getpgid(inner) != inner) sched_yield();
    CHECK(waitpid(-inner, NULL, WNOHANG) == 0);
    CHECK(kill(-inner, SIGTERM) == 0);
    CHECK(waitpid(-inner, &status, 0) == inner && WTERMSIG(status) == SIGTERM);
    _exit(12);
  }
  CHECK(WEXITSTATUS(status_of(child)) == 12);

  // Stopped and continued, as the parent sees it.
  child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    _exit(13);
  }
  CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  kill(child, SIGCONT);
  CHECK(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
  CHECK(WEXITSTATUS(status_of(child)) == 13);

  // Zombies that nobody waits for, and children that leave none.
  for (int i = 0; i < 5; ++i) if (fork() == 0) _exit(0);
  while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0) {}
  while (wait(NULL) > 0) {}
  signal(SIGCHLD, SIG_IGN);
  for (int i = 0; i < 5; ++i) if (fork() == 0) _exit(0);
  CHECK(wait(NULL) == -1 && errno == ECHILD);
  signal(SIGCHLD, SIG_DFL);

  // By a descriptor.
  child = fork();
  if (child == 0) _exit(14);
  const int descriptor = syscall(SYS_pidfd_open, child, 0);
  if (descriptor >= 0) {
    CHECK(waitid((idtype_t)3 /* P_PIDFD */, descriptor, &info, WEXITED) == 0 && info.si_status == 14);
  } else {
    status_of(child);
  }

  child = fork();
  if (child == 0) chain(20);
  CHECK(WEXITSTATUS(status_of(child)) == 7);
  int ended = 0;
  for (int i = 0; i < 60; ++i) {
    if (fork() == 0) _exit(i & 1);
    if (i % 6 == 5) while (waitpid(-1, NULL, WNOHANG) > 0) ++ended;
  }
  while (wait(NULL) > 0) ++ended;
  printf("ended %d\n", ended);
  return ended == 60 ? 0 : 1;
}
