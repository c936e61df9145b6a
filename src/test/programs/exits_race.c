// Ends of threads and processes: a leader that ends before its threads, exit_group among threads that run, sleep and make
// calls, a fatal signal in a thread, a thread's end while another waits for it, a process killed amid its work.
#include "check.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

static volatile unsigned long count;
static void* spin(void* a) {
  for (;;) ++count;
  return a;
}
static void* call(void* a) {
  for (;;) getppid();
  return a;
}
static void* call_now_and_then(void* a) {
  for (;; getppid()) compute_a_little();
  return a;
}
static void* rest(void* a) {
  for (;;) pause();
  return a;
}
static void* end_later(void* a) {
  for (int i = 0; i < 4; ++i) sched_yield();
  exit((int)(long)a);
}
static void* crash(void* a) {
  for (int i = 0; i < 3; ++i) sched_yield();
  *(volatile int*)a = 1;
  return a;
}
static void* abort_it(void* a) {
  abort();
  return a;
}
static pthread_t start(void* (*body)(void*), void* a) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, body, a) == 0);
  return thread;
}
static void some_of_each(void) {
  start(call, NULL);
  start(rest, NULL);
  start(call_now_and_then, NULL);
}

static int run(int way) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child != 0) return status_of(child);
  switch (way) {
    case 0:  // the leader ends first
      start(end_later, (void*)31);
      pthread_exit(NULL);
    case 1:  // the leader ends all
      some_of_each();
      for (int i = 0; i < 3; ++i) sched_yield();
      exit(32);
    case 2:  // another thread ends all
      some_of_each();
      end_later((void*)33);
      break;
    case 3:
      some_of_each();
      start(crash, NULL);
      pause();
      break;
    case 4:
      some_of_each();
      start(abort_it, NULL);
      pause();
      break;
    case 5:  // all end by themselves: the process ends with 0
      start(end_later, (void*)0);
      syscall(SYS_exit, 35);
      break;
    case 6:
      start(spin, NULL);
      some_of_each();
      kill(getpid(), SIGKILL);
      break;
    case 7: {  // the last of the threads gives the status
      pthread_t threads[20];
      for (int i = 0; i < 20; ++i) threads[i] = start(end_later, (void*)37);
      for (int i = 0; i < 20; ++i) pthread_join(threads[i], NULL);
      break;
    }
  }
  _exit(99);
}

int main(void) {
  for (int way = 0; way < 8; ++way) {
    const int status = run(way);
    printf("way %d: status %x\n", way, status & ~0x80);
    fflush(stdout);
  }
  return 0;
}
