// rt_sigreturn with frames that the kernel rejects: a SIGSEGV that no instruction has raised, with
// registers that are restored in part.
#define _GNU_SOURCE
#include "check.h"
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

// As the kernel lays it out (struct rt_sigframe in arch/arm64/kernel/signal.c).
struct frame {
  siginfo_t info;
  ucontext_t context;
};

static struct frame good __attribute__((aligned(16)));
static sigjmp_buf back;
static volatile uint64_t seen_x7, seen_pc;
static siginfo_t seen;

static void on_user(int signal, siginfo_t* info, void* context) {
  (void)signal;
  good.info = *info;
  memcpy(&good.context, context, sizeof good.context);
}

static void on_fault(int signal, siginfo_t* info, void* context) {
  (void)signal;
  seen = *info;
  seen_x7 = ((ucontext_t*)context)->uc_mcontext.regs[7];
  seen_pc = ((ucontext_t*)context)->uc_mcontext.pc;
  siglongjmp(back, 1);
}

static void spin(void) {
  for (;;) __asm__ volatile("");
}

static void return_by(const void* frame) {
  register uint64_t x8 __asm__("x8") = SYS_rt_sigreturn;
  register uint64_t x7 __asm__("x7") = 777;
  __asm__ volatile("mov sp, %0\n svc #0\n b ." : : "r"(frame), "r"(x8), "r"(x7) : "memory");
}

static void try(const char* name, const void* frame) {
  if (sigsetjmp(back, 1) == 0) return_by(frame);
  printf("%s: %s x7 %d code %d at %s\n", name, seen.si_addr == frame ? "there" : "elsewhere", (int)seen_x7,
         seen.si_code, seen_pc == (uint64_t)&spin ? "its pc" : "the call");
}

int main(void) {
  static char stack[65536];
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  CHECK(sigaltstack(&alternate, NULL) == 0);
  handle(SIGUSR1, on_user, 0);
  handle(SIGSEGV, on_fault, SA_ONSTACK);
  CHECK(raise(SIGUSR1) == 0);
  good.context.uc_mcontext.regs[7] = 70;
  good.context.uc_mcontext.pc = (uint64_t)&spin;  // would not come back

  static char room[sizeof good + 16] __attribute__((aligned(16)));
  memcpy(room + 3, &good, sizeof good);
  try("misaligned", room + 3);

  static struct frame bad __attribute__((aligned(16)));
  bad = good;
  *(uint32_t*)bad.context.uc_mcontext.__reserved = 0xbad;  // no record of this magic
  try("magic", &bad);
  bad = good;
  bad.context.uc_mcontext.pstate = 0xf;  // EL3
  try("pstate", &bad);

  try("kernel", (void*)(UINT64_MAX << 16));
  char* hole = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(hole != MAP_FAILED);
  try("unmapped", hole);
  return 0;
}
