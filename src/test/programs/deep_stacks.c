// Stacks that grow: 6 MB of recursion on the first one, a thread's, an alternate one, one that grows
// down by itself, and where a stack ends by its limit, before and after setrlimit.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static uint64_t sum;
static sigjmp_buf after_overflow;
static char alternate[2 << 20] __attribute__((aligned(4096)));
static volatile uint64_t depth;

__attribute__((noinline)) static uint64_t recurse(uint64_t levels) {
  volatile char frame[4000];
  frame[levels % sizeof frame] = (char)levels;
  if (levels == 0) return 1;
  return recurse(levels - 1) + (uint64_t)frame[levels % sizeof frame] % 7;
}

__attribute__((noinline)) static uint64_t recurse_for_ever(uint64_t level) {
  volatile char frame[4000];
  frame[level % sizeof frame] = (char)level;
  depth = level;
  if (level == UINT64_MAX) return 0;  // never
  return recurse_for_ever(level + 1) + (uint64_t)frame[1];
}

static void on_signal(int number) {
  if (number == SIGSEGV) siglongjmp(after_overflow, 1);
  sum += recurse(400);
}

static void* in_thread(void* argument) {
  (void)argument;
  return (void*)recurse(1500);
}

static uint64_t overflow(void) {
  if (sigsetjmp(after_overflow, 1) == 0) recurse_for_ever(0);
  return depth;
}

int main(void) {
  sum += recurse(1500);
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  if (sigaltstack(&stack, NULL) != 0) return 1;
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGSEGV, &action, NULL);
  raise(SIGUSR1);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16 << 20);
  pthread_t thread;
  void* result = NULL;
  if (pthread_create(&thread, &attributes, in_thread, NULL) != 0) return 2;
  pthread_join(thread, &result);
  sum += (uint64_t)result;
  // Grows down by itself as far as there is room.
  char* room = mmap(NULL, 4 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(room, 4 << 20);
  char* top = mmap(room + (3 << 20), 65536, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  if (top == MAP_FAILED) return 3;
  for (char* at = top; at > top - (1 << 20); at -= 4096) *(volatile char*)at = (char)(uintptr_t)at;
  sum += (unsigned char)top[-8192 * 4];

  const uint64_t first = overflow();
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return 4;
  limit.rlim_cur = 12 << 20;
  if (setrlimit(RLIMIT_STACK, &limit) != 0) return 5;
  const uint64_t second = overflow();
  printf("%llu overflows at %llu and %llu\n", (unsigned long long)sum, (unsigned long long)first,
         (unsigned long long)second);
  return second > first ? 0 : 6;
}
