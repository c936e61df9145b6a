// Signals that a recorder uses itself or could confuse: SIGTRAP blocked, ignored and handled, brk by the program, SIGSTKFLT sent
// by the program, SIGCHLD in storms, real SIGSEGV with the signal blocked or ignored, a stack too small for a frame.
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

static volatile int traps, children;
static void on_trap(int signal, siginfo_t* info, void* context) {
  (void)signal;
  ++traps;
  if (info->si_code > 0) ((ucontext_t*)context)->uc_mcontext.pc += 4;
}
static void on_child(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  const int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) ++children;
  errno = saved;
}
static void brk_blocked(void) {
  handle(SIGTRAP, on_trap, 0);
  set_mask(SIG_BLOCK, SIGTRAP);
  __asm__ volatile("brk #0");
}
static void brk_ignored(void) {
  signal(SIGTRAP, SIG_IGN);
  __asm__ volatile("brk #0");
}
static void fault_blocked(void) {
  handle(SIGSEGV, on_trap, 0);
  set_mask(SIG_BLOCK, SIGSEGV);
  *(volatile int*)8 = 1;
}
static void fault_ignored(void) {
  signal(SIGSEGV, SIG_IGN);
  *(volatile int*)8 = 1;
}
static void undefined(void) { __asm__ volatile("udf #0"); }
static void misaligned(void) {
  const int file = memfd_create("short", 0);
  CHECK(ftruncate(file, 100) == 0);
  volatile char* memory = mmap(NULL, 8192, PROT_READ, MAP_SHARED, file, 0);
  (void)memory[4096];  // SIGBUS
}
static void no_room_for_a_frame(void) {
  handle(SIGUSR1, on_trap, 0);
  __asm__ volatile("mov x0, %0\n mov x1, #10\n mov x8, #129\n mov x9, sp\n mov x10, #16\n mov sp, x10\n svc #0\n mov sp, x9" ::"r"(
                       (long)getpid())
                   : "x0", "x1", "x8", "x9", "x10", "memory");
}
static int recurse(int n) {
  volatile char room[4096];
  room[0] = (char)n;
  return n < 0 ? 0 : recurse(n + 1) + room[0];
}
static void overflow(void) {
  handle(SIGSEGV, on_trap, 0);
  recurse(1);
}

int main(void) {
  handle(SIGTRAP, on_trap, 0);
  __asm__ volatile("brk #0");
  __asm__ volatile("brk #1");
  CHECK(raise(SIGTRAP) == 0 && traps == 3);
  // Handlers and calls go on working with SIGTRAP blocked or ignored.
  handle(SIGUSR1, on_trap, 0);
  set_mask(SIG_BLOCK, SIGTRAP);
  raise(SIGUSR1);
  raise(SIGTRAP);
  CHECK(traps == 4);
  set_mask(SIG_UNBLOCK, SIGTRAP);
  CHECK(traps == 5);
  signal(SIGTRAP, SIG_IGN);
  raise(SIGUSR1);
  raise(SIGTRAP);
  CHECK(traps == 6);
  struct sigaction act;
  CHECK(sigaction(SIGTRAP, NULL, &act) == 0 && act.sa_handler == SIG_IGN);

  handle(SIGSTKFLT, on_trap, 0);
  raise(SIGSTKFLT);
  kill(getpid(), SIGSTKFLT);
  CHECK(traps == 8);
  const union sigval value = {.sival_int = 4};
  CHECK(sigqueue(getpid(), SIGSTKFLT, value) == 0 && traps == 9);

  handle(SIGCHLD, on_child, SA_RESTART);
  for (int i = 0; i < 40; ++i) {
    if (fork() == 0) _exit(0);
  }
  while (children < 40) usleep(1000);
  signal(SIGCHLD, SIG_DFL);

  printf("%x ", signal_that_ends(brk_blocked));
  printf("%x ", signal_that_ends(brk_ignored));
  printf("%x ", signal_that_ends(fault_blocked));
  printf("%x ", signal_that_ends(fault_ignored));
  printf("%x ", signal_that_ends(undefined));
  printf("%x ", signal_that_ends(misaligned));
  printf("%x ", signal_that_ends(no_room_for_a_frame));
  printf("%x\n", signal_that_ends(overflow));
  return 0;
}
