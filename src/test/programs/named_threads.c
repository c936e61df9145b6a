// Threads that are named in each way that there is, in a process that moves to another folder: for what a debugger shows
// of them.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static pthread_barrier_t started;
static pthread_barrier_t done;

static void on_signal(int number) { (void)number; }

__attribute__((noinline)) static void all_are_named(void) { raise(SIGUSR1); }

static void* in_thread(void* name) {
  if (name != NULL) pthread_setname_np(pthread_self(), name);
  pthread_barrier_wait(&started);
  pthread_barrier_wait(&done);
  return NULL;
}

int main(void) {
  signal(SIGUSR1, on_signal);
  pthread_t threads[3];
  pthread_barrier_init(&started, NULL, 4);
  pthread_barrier_init(&done, NULL, 4);
  pthread_create(&threads[0], NULL, in_thread, NULL);
  prctl(PR_SET_NAME, "heirs, cut to 15 bytes");
  pthread_create(&threads[1], NULL, in_thread, "by itself");
  pthread_create(&threads[2], NULL, in_thread, NULL);
  pthread_barrier_wait(&started);
  pthread_setname_np(threads[0], "by another");
  prctl(PR_SET_NAME, "first");
  if (chdir("/var") != 0 || chdir("tmp") != 0) return 1;
  all_are_named();
  pthread_barrier_wait(&done);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  puts("named");
  return 0;
}
