// Signals that arrive at a store-exclusive: a fork has left its page shared, and the fault for that takes most of
// the time. The store then fails behind the handler, and whether its page faults again is part of the program's
// course.
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

#include "check.h"

enum { kPages = 1000, kPage = 4096, kEnough = 5, kMostRounds = 200 };

void add_one(int* word);
extern char add_one_store[];
asm("  .globl add_one, add_one_store\n"
    "add_one:\n"
    "0: ldaxr w1, [x0]\n"
    "  add w1, w1, #1\n"
    "add_one_store:\n"
    "  stlxr w2, w1, [x0]\n"
    "  cbnz w2, 0b\n"
    "  ret\n");

static volatile int alarms, inside;

static void on_alarm(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  const ucontext_t* interrupted = context;
  ++alarms;
  if (interrupted->uc_mcontext.pc == (unsigned long)add_one_store) ++inside;
}

int main(void) {
  char* memory = mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  handle(SIGALRM, on_alarm, SA_RESTART);
  int rounds = 0;
  for (; inside < kEnough && rounds < kMostRounds; ++rounds) {
    memset(memory, rounds, kPages * kPage);
    int wait[2];
    CHECK(pipe(wait) == 0);
    const pid_t child = fork();
    if (child == 0) {
      close(wait[1]);
      char byte;
      _exit(read(wait[0], &byte, 1) == 0 ? 0 : 1);
    }
    const struct itimerval often = {{0, 700}, {0, 700}}, never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (int page = 0; page < kPages; ++page) add_one((int*)(memory + page * kPage));
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    CHECK(close(wait[0]) == 0 && close(wait[1]) == 0);
    CHECK(status_of(child) == 0);
  }
  CHECK(inside >= kEnough);
  printf("%d of %d alarms in %d rounds\n", inside, alarms, rounds);
  return 0;
}
