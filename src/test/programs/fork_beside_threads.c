// Forks in a process that had a second thread: from then on libc's locks are atomic, and the one in the thread's descriptor shares a
// page with the word where the kernel tells a child its number. Without LSE a lock is a store-exclusive, which fails once where its
// page was left shared by the fork.
#include "check.h"

#include <pthread.h>
#include <unistd.h>

static void* nothing(void* given) { return given; }

int main(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(i);
    const int status = status_of(child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i);
  }
  printf("forked 20 times\n");
  return 0;
}
