// Makes a thread and a process time and again: a few times, or, with an argument, until it is killed.
#include <pthread.h>

#include "check.h"

static void* do_nothing(void* unused) {
  (void)unused;
  return NULL;
}

int main(int argc, char** argv) {
  (void)argv;
  printf("maker %d\n", getpid());
  fflush(stdout);
  for (int i = 0; argc > 1 || i < 5; ++i) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(3);
    CHECK(WEXITSTATUS(status_of(child)) == 3);
  }
  return 0;
}
