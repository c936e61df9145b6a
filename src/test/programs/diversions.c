// Functions for a debugger to call: pure ones, ones that need the kernel, and ones that do not come
// back. The program itself needs two threads and a child.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

int level = 7;
const char* note = "unchanged";

int add(int a, int b) { return a + b + level; }
double half(double x) { return x / 2; }

char* greet(const char* name) {
  char* text = malloc(64);
  snprintf(text, 64, "hello, %s", name);
  return text;
}

int say(const char* word) { return printf("said %s\n", word); }

int faults(volatile int* where) { return *where; }
int aborts(void) { abort(); }
int ends(int code) { exit(code); }
int turns(volatile int* on) {
  int rounds = 0;
  while (*on) ++rounds;
  return rounds;
}
__attribute__((noinline)) int inner(int n) { return n * level; }
int outer(int n) { return inner(n) + 1; }
int kernel_number(int call) { return (int)syscall(call); }
int makes_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0; }
int forks(void) { return fork() < 0 ? errno : 0; }

// More than malloc has at hand, by brk and by mmap.
long much_memory(void) {
  long total = 0;
  for (int i = 0; i < 64; ++i) {
    char* small = malloc(8000);
    char* large = malloc(200000);
    memset(small, i, 8000);
    memset(large, i, 200000);
    large = realloc(large, 400000);
    total += small[7999] + large[199999];
    free(large);
  }
  return total;
}

// Seconds that three seconds of sleep take.
int slept(void) {
  struct timespec first, second;
  clock_gettime(CLOCK_MONOTONIC, &first);
  nanosleep(&(struct timespec){.tv_sec = 3}, NULL);
  clock_gettime(CLOCK_MONOTONIC, &second);
  return (int)(second.tv_sec - first.tv_sec);
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
int locks(void) { return pthread_mutex_lock(&held); }

static __thread int mine;
int of_thread(void) { return mine; }

static pthread_barrier_t both;
__attribute__((noinline)) void in_thread(int number) { mine = number; }
static void* run_thread(void* argument) {
  in_thread(40);
  pthread_barrier_wait(&both);
  pthread_barrier_wait(&both);
  return argument;
}

__attribute__((noinline)) void here(int round) { level += round; }
__attribute__((noinline)) void in_child(int number) { level += number; }

int main(void) {
  pthread_t thread;
  pthread_mutex_lock(&held);
  mine = 30;
  pthread_barrier_init(&both, NULL, 2);
  CHECK(pthread_create(&thread, NULL, run_thread, NULL) == 0);
  pthread_barrier_wait(&both);
  for (int round = 1; round <= 3; ++round) here(round);
  printf("level %d, note %s\n", level, note);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    in_child(20);
    _exit(level);
  }
  int status = status_of(child);
  pthread_barrier_wait(&both);
  pthread_join(thread, NULL);
  printf("child %d, level %d\n", WEXITSTATUS(status), level);
  return 5;
}
