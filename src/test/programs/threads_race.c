// Threads that change the same words without asking each other. What comes of it depends on every place where one of them
// was preempted, between a load and its store included, and is printed.
#include "check.h"
#include <pthread.h>
#include <sched.h>

enum { kThreads = 4, kRounds = 3000, kWords = 5 };
static volatile unsigned long words[kWords];
static volatile unsigned long turns;

static void* race(void* argument) {
  const unsigned long me = (unsigned long)argument;
  unsigned long mine = me;
  for (int round = 0; round < kRounds; ++round) {
    volatile unsigned long* word = &words[mine % kWords];
    mine = mine * 6364136223846793005UL + *word + 1442695040888963407UL;
    *word = *word * 31 + (mine >> 60) + me;
    turns = turns + 1;
    if (mine >> 54 == me) sched_yield();
  }
  return (void*)mine;
}

int main(void) {
  pthread_t threads[kThreads];
  for (unsigned long i = 0; i < kThreads; ++i) CHECK(pthread_create(&threads[i], NULL, race, (void*)(i + 1)) == 0);
  for (int i = 0; i < kThreads; ++i) {
    void* result;
    CHECK(pthread_join(threads[i], &result) == 0);
    printf("%lx ", (unsigned long)result);
  }
  printf("\n%lu of %d\n", turns, kThreads * kRounds);
  return 0;
}
