// sigaction's flags and sigaltstack: RESTART, NODEFER, RESETHAND, ONSTACK, a mask while handling, frames on another stack with
// wide vector state in use, nested handlers, handlers that longjmp, a handler that changes its frame.
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile int depth, deepest, calls;
static volatile unsigned long where;
static sigjmp_buf back;

static void nest(int signal, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  ++depth;
  if (depth > deepest) deepest = depth;
  if (depth < 5) raise(signal);
  --depth;
}
static void note(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  ++calls;
  where = (unsigned long)&info;
  double sum = 0;
  for (int i = 1; i < 10; ++i) sum += 1.0 / i;
  CHECK(sum > 2.8 && sum < 2.9);
}
static void leave(int signal, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  siglongjmp(back, signal);
}
static void change(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  ucontext_t* user = context;
  user->uc_mcontext.regs[20] = 0x1234567890abcdef;
  user->uc_mcontext.regs[7] = 77;
  struct fpsimd_context* vectors = (struct fpsimd_context*)user->uc_mcontext.__reserved;
  CHECK(vectors->head.magic == FPSIMD_MAGIC);
  vectors->vregs[9] = ((__uint128_t)9 << 64) | 99;
  sigaddset(&user->uc_sigmask, SIGUSR2);
}
static int is_pending(int signal) {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, signal);
}
static void check_mask(int signal, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  raise(SIGUSR2);
  raise(signal);
  CHECK(is_pending(SIGUSR2) && is_pending(signal) && calls == 0);
  ++depth;
  if (depth == 1) return;
  handle(signal, note, 0);
}

int main(void) {
  handle(SIGUSR1, nest, SA_NODEFER);
  raise(SIGUSR1);
  CHECK(deepest == 5 && depth == 0);

  handle(SIGUSR1, note, SA_RESETHAND);
  raise(SIGUSR1);
  struct sigaction act;
  CHECK(calls == 1 && sigaction(SIGUSR1, NULL, &act) == 0 && act.sa_handler == SIG_DFL);

  // On another stack: small (a page less than a frame would be refused), large, and at the end of a mapping.
  const unsigned long size = 65536;
  char* other = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const stack_t stack = {.ss_sp = other, .ss_size = size, .ss_flags = 0};
  CHECK(sigaltstack(&stack, NULL) == 0);
  handle(SIGUSR1, note, SA_ONSTACK);
  calls = 0;
  register double kept __asm__("d8") = 2.5;
  __asm__ volatile("" : "+w"(kept));
  for (int i = 0; i < 3; ++i) raise(SIGUSR1);
  __asm__ volatile("" : "+w"(kept));
  CHECK(kept == 2.5);
  CHECK(calls == 3 && where >= (unsigned long)other && where < (unsigned long)other + size);
  // What the kernel left on that stack is the program's to read: all of it must be what it was.
  unsigned long sum = 0;
  for (unsigned long i = 0; i < size / 8; ++i) sum += ((unsigned long*)other)[i] * (i + 1);
  printf("sum %lx\n", sum);
  const stack_t small = {.ss_sp = other, .ss_size = 1024, .ss_flags = 0};
  CHECK(sigaltstack(&small, NULL) == -1 && errno == ENOMEM);
  const stack_t off = {.ss_flags = SS_DISABLE};

  // Out of handlers by longjmp, from the other stack too.
  handle(SIGUSR1, leave, SA_ONSTACK);
  for (volatile int i = 0; i < 4; ++i) {
    if (sigsetjmp(back, 1) == 0) {
      raise(SIGUSR1);
      CHECK(!"came back");
    }
  }
  handle(SIGSEGV, leave, SA_ONSTACK);
  for (volatile int i = 0; i < 4; ++i) {
    if (sigsetjmp(back, 1) == 0) *(volatile int*)16 = 1;
  }
  CHECK(sigaltstack(&off, NULL) == 0);

  // The frame decides what comes back.
  handle(SIGUSR1, change, 0);
  unsigned long seven, twenty;
  double low;
  const long pid = getpid();
  __asm__ volatile(
      "mov x20, #0\n mov x7, #0\n movi v9.2d, #0\n mov x0, %3\n mov x1, #10\n mov x8, #129\n svc #0\n"
      "mov %0, x7\n mov %1, x20\n fmov %2, d9\n"
      : "=&r"(seven), "=&r"(twenty), "=&r"(low)
      : "r"(pid)
      : "x0", "x1", "x7", "x8", "x20", "v9", "memory");
  CHECK(seven == 77 && twenty == 0x1234567890abcdef);
  unsigned long bits;
  memcpy(&bits, &low, 8);
  CHECK(bits == 99);
  sigset_t now;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR2));
  sigemptyset(&now);
  sigprocmask(SIG_SETMASK, &now, NULL);

  // What is blocked while a handler runs.
  calls = 0;
  depth = 0;
  memset(&act, 0, sizeof act);
  act.sa_sigaction = check_mask;
  act.sa_flags = SA_SIGINFO;
  sigaddset(&act.sa_mask, SIGUSR2);
  handle(SIGUSR2, leave, 0);
  CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
  if (sigsetjmp(back, 1) == 0) raise(SIGUSR1);
  CHECK(depth >= 1);
  printf("depth %d\n", depth);
  return 0;
}
