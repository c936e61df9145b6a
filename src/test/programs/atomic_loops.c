// Loops of load- and store-exclusives in code that the program makes as it runs: each call of it
// writes to a page that a replay may share with its checkpoint, where a fault makes the store fail.
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

enum { kPages = 24, kRounds = 4, kPage = 4096 };

static uint32_t increment[] = {
    0x885ffc01,  // ldaxr w1, [x0]
    0x11000421,  // add w1, w1, #1
    0x8802fc01,  // stlxr w2, w1, [x0]
    0x35ffffa2,  // cbnz w2, . - 12
    0xd65f03c0,  // ret
};
static char memory[kPages * kPage] __attribute__((aligned(4096)));

typedef void Code(int* word);

static Code* made_in_memory(void) {
  void* code = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(code != MAP_FAILED);
  memcpy(code, increment, sizeof increment);
  CHECK(mprotect(code, kPage, PROT_READ | PROT_EXEC) == 0);
  __builtin___clear_cache(code, (char*)code + sizeof increment);
  return code;
}

static Code* made_in_a_file(void) {
  const int fd = memfd_create("code", 0);
  CHECK(fd >= 0 && write(fd, increment, sizeof increment) == sizeof increment);
  void* code = mmap(NULL, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  CHECK(code != MAP_FAILED && close(fd) == 0);
  return code;
}

int main(void) {
  memset(memory, 0, sizeof memory);
  for (int round = 0; round < kRounds; ++round) {
    for (int call = 0; call < kPages; ++call) getppid();
    Code* code = round % 2 == 0 ? made_in_memory() : made_in_a_file();
    for (int page = 0; page < kPages; ++page) {
      getppid();
      code((int*)(memory + page * kPage));
    }
    CHECK(munmap((void*)code, kPage) == 0);
  }
  int sum = 0;
  for (int page = 0; page < kPages; ++page) sum += *(int*)(memory + page * kPage);
  printf("counted to %d\n", sum);
  return 0;
}
