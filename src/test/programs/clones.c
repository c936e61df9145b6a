// clone and clone3 with what programs use: vfork (also by a thread among others), a shared descriptor table, a shared
// memory, words written for parent and child, a descriptor for the child, no tracer for the child.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static volatile int shared;
static char stack[65536] __attribute__((aligned(16)));

static int write_shared(void* value) {
  shared = (int)(long)value;
  return 40;
}
static int close_seven(void* unused) {
  (void)unused;
  close(7);
  return 41;
}
static void* vfork_again(void* unused) {
  for (volatile int i = 0; i < 4; ++i) {
    const pid_t child = vfork();
    if (child == 0) _exit(i);
    CHECK(WEXITSTATUS(status_of(child)) == i);
  }
  return unused;
}
static volatile int stop;
static void* busy(void* unused) {
  while (!stop) sched_yield();
  return unused;
}
extern char** environ;

int main(void) {
  pid_t parent_word = 0, child_word = 0;
  pid_t child = clone(write_shared, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD, (void*)5,
                      &parent_word);
  CHECK(child > 0 && parent_word == child && shared == 5);
  CHECK(WEXITSTATUS(status_of(child)) == 40);

  child = clone(write_shared, stack + sizeof stack, SIGCHLD, (void*)6);
  CHECK(WEXITSTATUS(status_of(child)) == 40 && shared == 5);

  CHECK(dup2(0, 7) == 7);
  child = clone(close_seven, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL);
  CHECK(WEXITSTATUS(status_of(child)) == 41);
  CHECK(fcntl(7, F_GETFD) == -1 && errno == EBADF);

  // A child that does not signal its parent is waited for by __WCLONE.
  child = clone(write_shared, stack + sizeof stack, CLONE_VM, (void*)8);
  int status;
  CHECK(waitpid(child, &status, __WCLONE) == child && shared == 8);

  int descriptor = -1;
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;
  arguments.pidfd = (unsigned long)&descriptor;
  arguments.parent_tid = (unsigned long)&parent_word;
  arguments.child_tid = (unsigned long)&child_word;
  arguments.exit_signal = SIGCHLD;
  child = syscall(SYS_clone3, &arguments, sizeof arguments);
  CHECK(child >= 0);
  if (child == 0) _exit(child_word == getpid() ? 42 : 43);
  CHECK(parent_word == child && descriptor >= 0);
  CHECK(WEXITSTATUS(status_of(child)) == 42);
  CHECK(syscall(SYS_clone3, &arguments, 8) == -1 && errno == EINVAL);

  // Whoever traces the parent does not get this child, which makes no difference to either.
  child = clone(write_shared, stack + sizeof stack, CLONE_UNTRACED | SIGCHLD, (void*)9);
  CHECK(WEXITSTATUS(status_of(child)) == 40 && shared == 8);
  arguments.flags = CLONE_UNTRACED | CLONE_PARENT_SETTID;
  child = syscall(SYS_clone3, &arguments, sizeof arguments);
  CHECK(child >= 0 && arguments.flags == (CLONE_UNTRACED | CLONE_PARENT_SETTID));
  if (child == 0) _exit(arguments.flags == (CLONE_UNTRACED | CLONE_PARENT_SETTID) ? 44 : 45);
  CHECK(parent_word == child && WEXITSTATUS(status_of(child)) == 44);
  arguments.flags = CLONE_UNTRACED | CLONE_THREAD;
  CHECK(syscall(SYS_clone3, &arguments, sizeof arguments) == -1 && errno == EINVAL);
  CHECK(arguments.flags == (CLONE_UNTRACED | CLONE_THREAD));

  pthread_t threads[3];
  CHECK(pthread_create(&threads[0], NULL, busy, NULL) == 0);
  CHECK(pthread_create(&threads[1], NULL, vfork_again, NULL) == 0);
  CHECK(pthread_create(&threads[2], NULL, vfork_again, NULL) == 0);
  char* words[] = {"true", NULL};
  for (int i = 0; i < 3; ++i) {
    CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, words, environ) == 0);
    CHECK(status_of(child) == 0);
  }
  pthread_join(threads[1], NULL);
  pthread_join(threads[2], NULL);
  stop = 1;
  pthread_join(threads[0], NULL);
  CHECK(posix_spawn(&child, "/nowhere", NULL, NULL, words, environ) == ENOENT);
  printf("cloned\n");
  return 0;
}
