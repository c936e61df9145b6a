// Faults that are only told of: SIGSEGV and its like queued by the process itself with the siginfo that an instruction's would
// have, as crash handlers pass on what they were given. At once, blocked and let through later, to another thread, fatal; and real
// ones that look the same.
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static volatile int sent, faults;
static siginfo_t last;
static sigjmp_buf back;
static volatile int jumps_back, passes_on;

static siginfo_t fault_at(int signal, int code, long address) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  info.si_signo = signal;
  info.si_code = code;
  info.si_addr = (void*)address;
  return info;
}
static void queue(siginfo_t* info) {
  CHECK(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), info->si_signo, info) == 0);
}
static void on_signal(int signal, siginfo_t* info, void* context) {
  (void)context;
  last = *info;
  ++sent;
  if (passes_on) {
    // The end comes when this handler, which blocks its signal, returns.
    struct sigaction act = {.sa_handler = SIG_DFL};
    CHECK(sigaction(signal, &act, NULL) == 0);
    queue(info);
    return;
  }
  if (jumps_back) {
    ++faults;
    siglongjmp(back, 1);
  }
}
static volatile int ready, done;
static void* waits(void* unused) {
  (void)unused;
  ready = 1;
  while (!done) sched_yield();
  CHECK(sent == 1);
  return NULL;
}
static void* sleeps(void* unused) {
  (void)unused;
  ready = 1;
  while (usleep(3000000) == 0);
  CHECK(sent == 1);
  return NULL;
}
// The first thread may send it to the process alone, which then has it taken by the other.
static void to_thread(void* (*body)(void*)) {
  pthread_t thread;
  ready = done = sent = 0;
  CHECK(pthread_create(&thread, NULL, body, NULL) == 0);
  while (!ready) sched_yield();
  set_mask(SIG_BLOCK, SIGSEGV);
  usleep(1000);
  siginfo_t info = fault_at(SIGSEGV, SEGV_MAPERR, 24);
  CHECK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &info) == 0);
  while (sent == 0) sched_yield();
  done = 1;
  CHECK(pthread_join(thread, NULL) == 0);
  set_mask(SIG_UNBLOCK, SIGSEGV);
}
static void touch(long address) {
  jumps_back = 1;
  if (sigsetjmp(back, 1) == 0) *(volatile char*)address = 1;
  jumps_back = 0;
}
static void fatal(void) {
  siginfo_t info = fault_at(SIGBUS, BUS_ADRERR, 32);
  signal(SIGBUS, SIG_DFL);
  queue(&info);
}
static void passed_on(void) {
  passes_on = 1;
  *(volatile char*)40 = 1;
}
static void passed_on_twice(void) {
  passes_on = 1;
  siginfo_t info = fault_at(SIGSEGV, SEGV_ACCERR, 48);
  queue(&info);
}

int main(void) {
  const int kinds[][2] = {{SIGSEGV, SEGV_MAPERR}, {SIGBUS, BUS_ADRALN}, {SIGILL, ILL_ILLOPC},
                          {SIGFPE, FPE_INTDIV},   {SIGTRAP, TRAP_BRKPT}, {SIGTRAP, TRAP_TRACE}};
  const int kind_count = sizeof kinds / sizeof *kinds;
  for (int i = 0; i < kind_count; ++i) {
    handle(kinds[i][0], on_signal, 0);
    siginfo_t info = fault_at(kinds[i][0], kinds[i][1], 16 + i);
    queue(&info);
    CHECK(sent == i + 1 && last.si_code == kinds[i][1] && last.si_addr == (void*)(16L + i));
  }
  sent = 0;
  set_mask(SIG_BLOCK, SIGSEGV);
  siginfo_t info = fault_at(SIGSEGV, SEGV_MAPERR, 8);
  CHECK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &info) == 0);
  CHECK(sent == 0);
  set_mask(SIG_UNBLOCK, SIGSEGV);
  CHECK(sent == 1 && last.si_addr == (void*)8);
  touch(8);
  queue(&info);
  touch(8);
  CHECK(sent == 4 && faults == 2);
  to_thread(waits);
  to_thread(sleeps);
  printf("%x ", signal_that_ends(fatal));
  printf("%x ", signal_that_ends(passed_on));
  printf("%x\n", signal_that_ends(passed_on_twice));
  return 0;
}
