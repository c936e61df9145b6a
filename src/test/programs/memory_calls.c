// The calls that arrange memory: mapping over things, moving, growing and shrinking, advice that
// throws contents away, the heap's end in all directions.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUIRE(condition)                                                 \
  do {                                                                     \
    if (!(condition)) {                                                    \
      printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno)); \
      exit(1);                                                             \
    }                                                                      \
  } while (0)

enum { kPage = 4096 };
static sigjmp_buf after_fault;
static uint64_t sum;

static void on_fault(int signal) { siglongjmp(after_fault, signal); }

static int faults(volatile char* at) {
  if (sigsetjmp(after_fault, 1) != 0) return 1;
  sum = sum * 31 + (unsigned char)*at;
  return 0;
}

static char* map(size_t pages, int protection, int flags) {
  char* memory = mmap(NULL, pages * kPage, protection, flags | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  return memory;
}

static int all(const char* memory, size_t size, char value) {
  for (size_t i = 0; i < size; ++i) {
    if (memory[i] != value) return 0;
  }
  sum = sum * 31 + (unsigned char)value;
  return 1;
}

static void moving(void) {
  char* room = map(16, PROT_NONE, MAP_PRIVATE);
  char* memory = map(4, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  memset(memory, 'm', 4 * kPage);
  char* moved = mremap(memory, 4 * kPage, 6 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, room);
  REQUIRE(moved == room && all(moved, 4 * kPage, 'm') && all(moved + 4 * kPage, 2 * kPage, 0));
  REQUIRE(faults(memory));
  REQUIRE(mremap(moved, 6 * kPage, 2 * kPage, 0) == moved && faults(moved + 2 * kPage));
  REQUIRE(mremap(moved, 2 * kPage, 3 * kPage, 0) == moved);
  REQUIRE(all(moved + 2 * kPage, kPage, 0));
  REQUIRE(mremap(moved, 3 * kPage, 64 * kPage, 0) == MAP_FAILED && errno == ENOMEM);
  char* grown = mremap(moved, 3 * kPage, 64 * kPage, MREMAP_MAYMOVE);
  REQUIRE(grown != MAP_FAILED && all(grown, 2 * kPage, 'm'));
  REQUIRE(mremap(grown + 1, kPage, kPage, 0) == MAP_FAILED && errno == EINVAL);
  // The old place stays, empty.
  char* copy = mremap(grown, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  REQUIRE(copy != MAP_FAILED && all(copy, 2 * kPage, 'm') && all(grown, 2 * kPage, 0));
  // A second view of shared memory.
  char* shared = map(2, PROT_READ | PROT_WRITE, MAP_SHARED);
  char* view = mremap(shared, 0, 2 * kPage, MREMAP_MAYMOVE);
  REQUIRE(view != MAP_FAILED && view != shared);
  memset(shared, 's', 2 * kPage);
  REQUIRE(all(view, 2 * kPage, 's'));
  printf("moved %p %p %p %p\n", (void*)moved, (void*)grown, (void*)copy, (void*)view);
}

// Code moves, and what has been planted in it by whom ever moves along.
static void moving_code(void) {
  static const uint32_t kCode[] = {0xd2801588, 0xd4000001, 0xd65f03c0};  // x8 = getpid; svc; ret
  char* memory = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  memcpy(memory, kCode, sizeof kCode);
  __builtin___clear_cache(memory, memory + sizeof kCode);
  REQUIRE(mprotect(memory, kPage, PROT_READ | PROT_EXEC) == 0);
  REQUIRE(((int (*)(void))memory)() == getpid());
  char* room = map(1, PROT_NONE, MAP_PRIVATE);
  char* moved = mremap(memory, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, room);
  REQUIRE(moved == room && ((int (*)(void))moved)() == getpid());
  // Something else is mapped over it, and then code again.
  REQUIRE(mmap(moved, kPage, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1,
               0) == moved);
  REQUIRE(all(moved, kPage, 0));
  memcpy(moved + 8, kCode, sizeof kCode);
  __builtin___clear_cache(moved, moved + 64);
  REQUIRE(mprotect(moved, kPage, PROT_READ | PROT_EXEC) == 0);
  REQUIRE(((int (*)(void))(moved + 8))() == getpid());
  REQUIRE(munmap(moved, kPage) == 0);
}

static void throwing_away(void) {
  char* memory = map(8, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  memset(memory, 'a', 8 * kPage);
  REQUIRE(madvise(memory, kPage, MADV_DONTNEED) == 0 && all(memory, kPage, 0));
  // The kernel may take these at once, later, or never.
  memset(memory, 'f', 8 * kPage);
  REQUIRE(madvise(memory, 4 * kPage, MADV_FREE) == 0);
  for (int i = 0; i < 4; ++i) sum = sum * 31 + (unsigned char)memory[i * kPage];
  memory[0] = 'w';
  for (int i = 0; i < 4; ++i) sum = sum * 31 + (unsigned char)memory[i * kPage + 1];
  REQUIRE(all(memory + 4 * kPage, 4 * kPage, 'f') && memory[0] == 'w');
  REQUIRE(munmap(memory + 6 * kPage, kPage) == 0);
  REQUIRE(madvise(memory + 5 * kPage, 3 * kPage, MADV_DONTNEED) == -1 && errno == ENOMEM);
  REQUIRE(all(memory + 5 * kPage, kPage, 0) && all(memory + 7 * kPage, kPage, 0));
  REQUIRE(madvise(memory + 1, kPage, MADV_DONTNEED) == -1 && errno == EINVAL);
  REQUIRE(mlock(memory, 2 * kPage) == 0);
  REQUIRE(madvise(memory, kPage, MADV_DONTNEED) == -1 && errno == EINVAL && memory[0] == 'w');
  REQUIRE(munlock(memory, 2 * kPage) == 0);

  char* shared = map(4, PROT_READ | PROT_WRITE, MAP_SHARED);
  memset(shared, 's', 4 * kPage);
  REQUIRE(madvise(shared, kPage, MADV_DONTNEED) == 0 && all(shared, kPage, 's'));
  REQUIRE(madvise(shared, kPage, MADV_REMOVE) == 0 && all(shared, kPage, 0));
  REQUIRE(madvise(shared, kPage, MADV_FREE) == -1 && errno == EINVAL);
  REQUIRE(madvise(shared, 4 * kPage, MADV_WILLNEED) == 0);
  madvise(memory, 4 * kPage, MADV_HUGEPAGE);
  REQUIRE(madvise(memory, kPage, 23 /* MADV_POPULATE_WRITE */) == 0);

  // A private view of a file goes back to the file.
  const int fd = memfd_create("file", 0);
  REQUIRE(fd >= 0 && ftruncate(fd, 2 * kPage) == 0 && pwrite(fd, "file", 4, 0) == 4);
  char* view = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  REQUIRE(view != MAP_FAILED);
  memcpy(view, "mine", 4);
  REQUIRE(pwrite(fd, "FILE", 4, 0) == 4 && memcmp(view, "mine", 4) == 0);
  REQUIRE(madvise(view, kPage, MADV_DONTNEED) == 0 && memcmp(view, "FILE", 4) == 0);

  // What a child gets.
  char* wiped = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  char* absent = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  wiped[0] = absent[0] = 'x';
  REQUIRE(madvise(wiped, kPage, MADV_WIPEONFORK) == 0);
  REQUIRE(madvise(absent, kPage, MADV_DONTFORK) == 0);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(wiped[0] == 0 && faults(absent) ? 0 : 1);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child && status == 0);
}

static void placing(void) {
  char* memory = map(6, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  memset(memory, 'o', 6 * kPage);
  REQUIRE(mmap(memory + kPage, 2 * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
               0) == memory + kPage);
  REQUIRE(memory[0] == 'o' && all(memory + kPage, 2 * kPage, 0) && memory[3 * kPage] == 'o');
  REQUIRE(mmap(memory, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
               0) == MAP_FAILED && errno == EEXIST);
  REQUIRE(mmap(memory + 1, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          MAP_FAILED && errno == EINVAL);
  REQUIRE(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  REQUIRE(munmap(memory + 1, kPage) == -1 && errno == EINVAL && memory[0] == 'o');
  REQUIRE(mprotect(memory, kPage, PROT_NONE) == 0 && faults(memory));
  REQUIRE(mprotect(memory, kPage, PROT_READ) == 0 && memory[0] == 'o');
  // Beyond the end only the mapped part changes.
  REQUIRE(munmap(memory + 5 * kPage, kPage) == 0);
  REQUIRE(mprotect(memory + 4 * kPage, 2 * kPage, PROT_NONE) == -1 && errno == ENOMEM);
  REQUIRE(faults(memory + 4 * kPage));
  const int zero = open("/dev/zero", O_RDWR);
  char* zeros = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
  REQUIRE(zeros != MAP_FAILED && all(zeros, 2 * kPage, 0));
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit((zeros[0] = 'z') == 0);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child && status == 0 && zeros[0] == 'z');
  unsigned char resident[3];
  REQUIRE(mincore(zeros, 2 * kPage, resident) == 0 && (resident[0] & 1) == 1);
  REQUIRE(msync(zeros, kPage, MS_SYNC) == 0);
  char* huge = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  if (huge != MAP_FAILED) {
    memset(huge, 'h', 2 << 20);
    REQUIRE(all(huge + (1 << 20), kPage, 'h') && munmap(huge, 2 << 20) == 0);
  }
}

static void heap(void) {
  char* const start = sbrk(0);
  REQUIRE(sbrk(10 * kPage + 100) == start);
  memset(start, 'b', 10 * kPage + 100);
  REQUIRE(brk(start + 5 * kPage) == 0 && all(start, 5 * kPage, 'b'));
  REQUIRE(brk(start + 9 * kPage) == 0 && all(start + 6 * kPage, 3 * kPage, 0));
  REQUIRE(syscall(SYS_brk, 0x1000) == (long)start + 9 * kPage);
  REQUIRE(brk((char*)(uint64_t)-kPage) == -1 && sbrk(0) == start + 9 * kPage);
  // Something stands in the way.
  char* const wall = (char*)(((uint64_t)start + 40 * kPage) & ~(uint64_t)(kPage - 1));
  REQUIRE(mmap(wall, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == wall);
  REQUIRE(brk(wall + 2 * kPage) == -1 && errno == ENOMEM);
  REQUIRE(brk(start) == 0);
  REQUIRE(munmap(wall, kPage) == 0);
  printf("heap %p\n", (void*)start);
}

int main(void) {
  signal(SIGSEGV, on_fault);
  signal(SIGBUS, on_fault);
  setvbuf(stdout, NULL, _IONBF, 0);  // no heap of its own between ours
  moving();
  moving_code();
  throwing_away();
  placing();
  heap();
  printf("sum %llx\n", (unsigned long long)sum);
  return 0;
}
