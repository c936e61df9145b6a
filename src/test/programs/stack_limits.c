// Where a stack ends, when the limit was set by the old call, and when another process set it,
// by a number that it has in the namespace of both alone.
#define _GNU_SOURCE
#include <sched.h>
#include <setjmp.h>
#include <sys/syscall.h>

#include "check.h"

static sigjmp_buf after_overflow;

static void on_fault(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info, (void)context;
  siglongjmp(after_overflow, 1);
}

// How much there is below here, in units of 64 KiB.
static long room_below(void) {
  static char alternate[65536];
  const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  CHECK(sigaltstack(&stack, NULL) == 0);
  handle(SIGSEGV, on_fault, SA_ONSTACK);
  char* const here = __builtin_frame_address(0);
  volatile long depth = 0;
  if (sigsetjmp(after_overflow, 1) == 0) {
    for (; depth < 4 << 20; depth += 4096) *(volatile char*)(here - depth) = 1;
  }
  return depth >> 16;
}

static const struct rlimit kSmall = {512 << 10, RLIM_INFINITY};

static void by_the_old_call(void) {
  const pid_t child = fork();
  if (child == 0) {
    CHECK(syscall(SYS_setrlimit, RLIMIT_STACK, &kSmall) == 0);
    _exit((int)room_below());
  }
  printf("old call: %d\n", status_of(child) >> 8);
}

static int limited_by_the_parent(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    _exit((int)room_below());
  }
  CHECK(prlimit(child, RLIMIT_STACK, &kSmall, NULL) == 0);
  CHECK(write(ends[1], "x", 1) == 1);
  return status_of(child) >> 8;
}

// Where the child has another number than outside.
static void in_a_namespace(void) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
    printf("no namespaces\n");
    return;
  }
  const pid_t first = fork();
  if (first == 0) _exit(limited_by_the_parent());
  printf("inside: %d\n", status_of(first) >> 8);
}

int main(void) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
  if (limit.rlim_max != RLIM_INFINITY) {
    printf("the limit cannot be set\n");
    return 0;
  }
  by_the_old_call();
  printf("parent: %d\n", limited_by_the_parent());
  fflush(stdout);
  in_a_namespace();
  return 0;
}
