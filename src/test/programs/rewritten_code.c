// Code that a program writes anew where it has run before, as compilers at run time do: a system call at the same place as
// another before it, and other instructions where a system call was. In writable code, by mprotect, through a second mapping,
// and read from a pipe.
#define _GNU_SOURCE
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>

static const unsigned kSvc = 0xd4000001, kReturn = 0xd65f03c0, kNop = 0xd503201f;
static unsigned to_x8(unsigned number) { return 0xd2800008 | number << 5; }
static unsigned to_x0(unsigned value) { return 0xd2800000 | value << 5; }

enum Way { kWritable, kProtected, kAlias, kPipe, kWays };
static unsigned *code, *alias;
static size_t page;

static void put(enum Way way, const unsigned* instructions) {
  const size_t size = 16;
  if (way == kProtected) CHECK(mprotect(code, page, PROT_READ | PROT_WRITE) == 0);
  if (way == kPipe) {
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], instructions, size) == (ssize_t)size);
    CHECK(read(ends[0], code, size) == (ssize_t)size);
    close(ends[0]);
    close(ends[1]);
  } else {
    // Not by memcpy, whose stores are wider than the one instruction that matters.
    volatile unsigned* to = way == kAlias ? alias : code;
    for (int i = 0; i < 4; ++i) to[i] = instructions[i];
  }
  if (way == kProtected) CHECK(mprotect(code, page, PROT_READ | PROT_EXEC) == 0);
  __builtin___clear_cache((char*)code, (char*)code + size);
}
static long run(enum Way way, unsigned first, unsigned second) {
  const unsigned instructions[4] = {first, second, kReturn, kNop};
  put(way, instructions);
  return ((long (*)(void))code)();
}

int main(void) {
  page = sysconf(_SC_PAGESIZE);
  int rounds = 0;
  for (enum Way way = 0; way < kWays; ++way) {
    if (way == kAlias) {
      const int file = memfd_create("code", 0);
      CHECK(file >= 0 && ftruncate(file, page) == 0);
      alias = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      code = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
      CHECK(alias != MAP_FAILED);
    } else {
      code = mmap(NULL, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    CHECK(code != MAP_FAILED);
    for (int i = 0; i < 3; ++i, ++rounds) {
      CHECK(run(way, to_x8(SYS_getpid), kSvc) == getpid());
      CHECK(run(way, to_x8(SYS_getppid), kSvc) == getppid());
      CHECK(run(way, kNop, to_x0(7)) == 7);
      CHECK(run(way, to_x8(SYS_getpid), kSvc) == getpid());
      CHECK(run(way, kNop, to_x0(8)) == 8);
      CHECK(run(way, to_x8(SYS_getppid), kSvc) == getppid());
    }
  }
  printf("ran %d times\n", rounds);
  return 0;
}
