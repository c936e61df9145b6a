// With a second thread about, a read into memory that may not be written fails as it does without one, and takes nothing.
#include <pthread.h>
#include <sys/mman.h>

#include "check.h"

enum { kPage = 4096 };

static void* wait_for_end(void* pipe_end) {
  char byte;
  CHECK(read(*(int*)pipe_end, &byte, 1) == 0);
  return NULL;
}

static char* pages(int protection, int kind) {
  char* made = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
  CHECK(made != MAP_FAILED);
  made[kPage - 1] = 7;
  CHECK(mprotect(made + kPage, kPage, protection) == 0);
  return made;
}

static void expect_refusal(const int* ends, char* where) {
  errno = 0;
  CHECK(read(ends[0], where, 20) == -1 && errno == EFAULT);
}

int main(void) {
  int other[2], ends[2];
  CHECK(pipe(other) == 0 && pipe(ends) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_for_end, other) == 0);
  CHECK(write(ends[1], "twenty bytes of text", 20) == 20);
  const int kinds[] = {MAP_PRIVATE, MAP_SHARED};
  const int protections[] = {PROT_NONE, PROT_READ};
  for (int kind = 0; kind < 2; ++kind) {
    for (int protection = 0; protection < 2; ++protection) {
      char* made = pages(protections[protection], kinds[kind]);
      expect_refusal(ends, made + kPage);
      expect_refusal(ends, made + kPage - 4);
      CHECK(munmap(made + kPage, kPage) == 0);
      expect_refusal(ends, made + kPage - 4);
    }
  }
  char text[21] = "";
  CHECK(read(ends[0], text, 20) == 20 && strcmp(text, "twenty bytes of text") == 0);
  CHECK(close(other[1]) == 0 && pthread_join(thread, NULL) == 0);
  puts(text);
  return 0;
}
