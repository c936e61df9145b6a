// Threads whose sums are in vector registers only while they are preempted: SVE's where the CPU has
// it, else the 128-bit ones.
#include <pthread.h>
#include <stdint.h>
#include <sys/auxv.h>

#include "check.h"

enum { kThreads = 3, kRounds = 12 };
static const uint64_t kLoop = 400000;

static uint64_t sum_scalable(uint64_t start, uint64_t rounds) {
  uint64_t sum;
  asm volatile(".arch_extension sve\n"
               "ptrue p0.d\n"
               "pfalse p1.b\n"
               "mov z0.d, #0\n"
               "mov z1.d, %2\n"
               "1: add z0.d, z0.d, z1.d\n"
               "not p1.b, p0/z, p1.b\n"
               "add z1.d, p1/m, z1.d, z1.d\n"
               "eor z1.d, z1.d, z0.d\n"
               "subs %1, %1, #1\n"
               "b.ne 1b\n"
               "lastb d0, p0, z0.d\n"
               "fmov %0, d0\n"
               : "=r"(sum), "+r"(rounds) : "r"(start) : "v0", "v1", "p0", "p1", "cc");
  return sum;
}

static uint64_t sum_short(uint64_t start, uint64_t rounds) {
  uint64_t sum;
  asm volatile("movi v0.2d, #0\n"
               "dup v1.2d, %2\n"
               "1: add v0.2d, v0.2d, v1.2d\n"
               "eor v1.16b, v1.16b, v0.16b\n"
               "subs %1, %1, #1\n"
               "b.ne 1b\n"
               "umov %0, v0.d[1]\n"
               : "=r"(sum), "+r"(rounds) : "r"(start) : "v0", "v1", "cc");
  return sum;
}

static void* run(void* argument) {
  const uint64_t seed = (uint64_t)(uintptr_t)argument;
  const int is_scalable = (getauxval(AT_HWCAP) >> 22 & 1) != 0;
  uint64_t total = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    const uint64_t start = seed * 1000 + round;
    total ^= is_scalable ? sum_scalable(start, kLoop) : sum_short(start, kLoop);
  }
  return (void*)(uintptr_t)total;
}

int main(void) {
  pthread_t threads[kThreads];
  for (uintptr_t i = 0; i < kThreads; ++i) {
    CHECK(pthread_create(&threads[i], NULL, run, (void*)(i + 1)) == 0);
  }
  for (uintptr_t i = 0; i < kThreads; ++i) {
    void* total;
    CHECK(pthread_join(threads[i], &total) == 0);
    CHECK(total == run((void*)(i + 1)));
    printf("%lx\n", (unsigned long)(uintptr_t)total);
  }
  return 0;
}
