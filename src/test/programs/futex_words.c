// Words that the kernel writes for one thread while others look: PI locks with waiters, robust
// mutexes whose owner dies (a thread, and a process with the memory shared), condition variables
// that move waiters, the word cleared at a thread's end, and a wait for several words.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t inheriting, robust;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int released, total;

static void make(pthread_mutex_t* lock, int protocol, int robustness, int shared) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, protocol);
  pthread_mutexattr_setrobust(&attributes, robustness);
  pthread_mutexattr_setpshared(&attributes, shared);
  pthread_mutex_init(lock, &attributes);
}

static void* add_under_lock(void* unused) {
  (void)unused;
  for (int i = 0; i < 50; ++i) {
    pthread_mutex_lock(&inheriting);
    const int before = total;
    if (i % 10 == 0) usleep(100);
    total = before + 1;
    pthread_mutex_unlock(&inheriting);
  }
  return NULL;
}

static void* die_holding(void* lock) {
  pthread_mutex_lock(lock);
  return NULL;
}

static void* wait_for_release(void* unused) {
  (void)unused;
  pthread_mutex_lock(&mutex);
  while (!released) pthread_cond_wait(&condition, &mutex);
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void run(int count, void* (*what)(void*), void* argument) {
  pthread_t threads[4];
  for (int i = 0; i < count; ++i) pthread_create(&threads[i], NULL, what, argument);
  if (what == wait_for_release) {
    usleep(2000);
    pthread_mutex_lock(&mutex);
    released = 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
  }
  for (int i = 0; i < count; ++i) pthread_join(threads[i], NULL);
}

static uint32_t words[3];

static void* wake_the_second(void* unused) {
  (void)unused;
  usleep(2000);
  atomic_store((_Atomic uint32_t*)&words[1], 1);
  syscall(SYS_futex, &words[1], FUTEX_WAKE, 1, NULL, NULL, 0);
  return NULL;
}

static void* operate(void* unused) {
  (void)unused;
  syscall(SYS_futex, &words[0], FUTEX_WAIT, 0, NULL, NULL, 0);
  return NULL;
}

// FUTEX_WAKE_OP changes a word in the caller's name; REQUEUE moves sleepers without waking them.
static void operations(void) {
  pthread_t sleepers[2];
  for (int i = 0; i < 2; ++i) pthread_create(&sleepers[i], NULL, operate, NULL);
  usleep(2000);
  long moved = syscall(SYS_futex, &words[0], FUTEX_CMP_REQUEUE, 0, 2L, &words[2], 0);
  printf("moved %ld, now %u\n", moved, words[0]);
  const int add_five = FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_GE, 0);
  moved = syscall(SYS_futex, &words[2], FUTEX_WAKE_OP, 1, 1L, &words[2], add_five);
  printf("woken %ld, now %u\n", moved, words[2]);
  syscall(SYS_futex, &words[2], FUTEX_WAKE_BITSET, 2, NULL, NULL, ~0u);
  for (int i = 0; i < 2; ++i) pthread_join(sleepers[i], NULL);
}

static void wait_for_several(void) {
  pthread_t waker;
  pthread_create(&waker, NULL, wake_the_second, NULL);
  struct futex_waitv waiters[2] = {{.uaddr = (uintptr_t)&words[0], .flags = FUTEX_32},
                                   {.uaddr = (uintptr_t)&words[1], .flags = FUTEX_32}};
  const long index = syscall(SYS_futex_waitv, waiters, 2, 0, NULL, CLOCK_MONOTONIC);
  printf("waitv %s\n", index == 1 || (index < 0 && errno == EAGAIN) ? "woke" : "failed");
  pthread_join(waker, NULL);
}

int main(void) {
  make(&inheriting, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED, 0);
  run(4, add_under_lock, NULL);
  printf("total %d\n", total);
  for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_INHERIT; ++protocol) {
    make(&robust, protocol, PTHREAD_MUTEX_ROBUST, 0);
    run(1, die_holding, &robust);
    printf("owner died: %d\n", pthread_mutex_lock(&robust) == EOWNERDEAD);
  }
  pthread_mutex_t* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                                 -1, 0);
  make(shared, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
  const pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(shared);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  printf("process died: %d\n", pthread_mutex_lock(shared) == EOWNERDEAD);
  run(4, wait_for_release, NULL);
  operations();
  wait_for_several();
  return total == 200 ? 0 : 1;
}
