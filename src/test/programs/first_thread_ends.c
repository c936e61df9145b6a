// The first thread ends before the others, which go on to new code and make calls there: a library loaded then, and a child.
#include "check.h"
#include <dlfcn.h>
#include <pthread.h>
#include <sys/syscall.h>

static pthread_t first;

static void* go_on(void* unused) {
  (void)unused;
  CHECK(pthread_join(first, NULL) == 0);
  for (int i = 0; i < 20; ++i) CHECK(syscall(SYS_getpid) == getpid());
  CHECK(dlopen("libm.so.6", RTLD_NOW) != NULL);
  const pid_t child = fork();
  if (child == 0) _exit(7);
  CHECK(WEXITSTATUS(status_of(child)) == 7);
  printf("went on\n");
  exit(0);
}

int main(void) {
  first = pthread_self();
  pthread_t other;
  CHECK(pthread_create(&other, NULL, go_on, NULL) == 0);
  pthread_exit(NULL);
}
