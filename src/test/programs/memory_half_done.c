// Calls that fail half-way, having done what they could: changing protection and throwing contents
// away, where a part of the range is sealed, locked, or not there.
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "check.h"

enum { kPages = 4, kMseal = 462 };
static long page;
static sigjmp_buf after_fault;

static void on_fault(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info, (void)context;
  siglongjmp(after_fault, 1);
}

static int may_write(char* memory) {
  if (sigsetjmp(after_fault, 1) != 0) return 0;
  *(volatile char*)memory = 'w';
  return 1;
}

static int may_read(char* memory) {
  if (sigsetjmp(after_fault, 1) != 0) return 0;
  (void)*(volatile char*)memory;
  return 1;
}

static char* filled(void) {
  char* memory =
      mmap(NULL, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  memset(memory, 'f', kPages * page);
  return memory;
}

static void sealed(void) {
  char* memory = filled();
  if (syscall(kMseal, memory + page, page, 0) != 0) {
    printf("no seals\n");
    return;
  }
  const int protect = mprotect(memory, kPages * page, PROT_READ), protect_error = errno;
  printf("mprotect %d %d:", protect, protect_error);
  for (int i = 0; i < kPages; ++i) printf(" %d", may_write(memory + i * page));
  const int unmap = munmap(memory, kPages * page), unmap_error = errno;
  printf("\nmunmap %d %d:", unmap, unmap_error);
  for (int i = 0; i < kPages; ++i) printf(" %d", may_read(memory + i * page));
  void* again =
      mmap(memory, kPages * page, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  printf("\nmmap %d %d:", again == MAP_FAILED, errno);
  for (int i = 0; i < kPages; ++i) printf(" %c", memory[i * page]);
  void* shorter = mremap(memory, kPages * page, page, 0);
  printf("\nmremap %d %d\n", shorter == MAP_FAILED, errno);

  // What may not be written, and is sealed, may not be thrown away either.
  memory = filled();
  CHECK(mprotect(memory + 2 * page, page, PROT_READ) == 0);
  CHECK(syscall(kMseal, memory + 2 * page, page, 0) == 0);
  const int discard = madvise(memory, kPages * page, MADV_DONTNEED), discard_error = errno;
  printf("madvise %d %d:", discard, discard_error);
  for (int i = 0; i < kPages; ++i) printf(" %d", memory[i * page]);
  printf("\n");
  // A child has the seals as well.
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(mprotect(memory, kPages * page, PROT_READ) == -1);
    _exit(may_write(memory + page) * 2 + may_write(memory + 3 * page));
  }
  printf("child %x\n", (unsigned)status_of(child));
}

static void locked(void) {
  char* memory = filled();
  CHECK(mlock(memory + 2 * page, page) == 0);
  CHECK(madvise(memory, kPages * page, MADV_DONTNEED) == -1 && errno == EINVAL);
  printf("locked:");
  for (int i = 0; i < kPages; ++i) printf(" %d", memory[i * page]);
  memory = filled();
  char* own = mmap(memory + page, page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_LOCKED, -1, 0);
  CHECK(own == memory + page);
  *own = 'o';
  CHECK(madvise(memory, kPages * page, MADV_DONTNEED) == -1 && errno == EINVAL);
  for (int i = 0; i < kPages; ++i) printf(" %d", memory[i * page]);
  CHECK(madvise(memory + page, page, MADV_DONTNEED) == -1 && errno == EINVAL);
  CHECK(madvise(memory + 1, page, MADV_DONTNEED) == -1 && errno == EINVAL);
  printf(" %c\n", *own);
}

static void with_gap(void) {
  char* memory = filled();
  CHECK(munmap(memory + 2 * page, page) == 0);
  CHECK(mprotect(memory, kPages * page, PROT_NONE) == -1 && errno == ENOMEM);
  printf("gap: %d %d %d\n", may_read(memory), may_read(memory + page), may_read(memory + 3 * page));
}

static const char* state_of(char* memory) {
  return !may_read(memory) ? "gone" : *memory ? "full" : "empty";
}

static void show_pages(const char* what, char* memory) {
  printf("%s:", what);
  for (int i = 0; i < kPages; ++i) printf(" %s", state_of(memory + i * page));
  printf("\n");
}

// Whatever was to be replaced may be gone.
static void placed_in_vain(void) {
  char* memory = filled();
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(socket_fd >= 0);
  CHECK(mmap(memory + page, page, PROT_READ, MAP_SHARED | MAP_FIXED, socket_fd, 0) == MAP_FAILED);
  printf("%d ", errno == ENODEV);
  const int read_only = open("/proc/self/exe", O_RDONLY);
  CHECK(mmap(memory + 2 * page, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, read_only,
             0) == MAP_FAILED);
  CHECK(mmap(memory + 1, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
        MAP_FAILED);
  show_pages("mmap", memory);

  memory = filled();
  char* source = filled();
  CHECK(munmap(source + 2 * page, page) == 0);
  CHECK(mremap(source + page, 2 * page, 3 * page, MREMAP_MAYMOVE | MREMAP_FIXED, memory) ==
        MAP_FAILED);
  printf("%d ", errno == EFAULT);
  show_pages("mremap", memory);
  show_pages("source", source);
  CHECK(mremap(source, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, memory + 1) == MAP_FAILED);
  show_pages("source", source);
}

// What is taken out of a file is gone for everybody, as far as the call came.
static void removed(void) {
  char* memory =
      mmap(NULL, kPages * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  memset(memory, 'f', kPages * page);
  char* private = mmap(memory + 2 * page, page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  CHECK(private == memory + 2 * page);
  *private = 'p';
  CHECK(madvise(memory + page, 3 * page, MADV_REMOVE) == -1 && errno == EINVAL);
  show_pages("removed", memory);
  memset(memory, 'f', kPages * page);
  CHECK(mlock(memory + page, page) == 0);
  CHECK(madvise(memory, 2 * page, MADV_REMOVE) == -1 && errno == EINVAL);
  show_pages("locked", memory);
  CHECK(munlock(memory + page, page) == 0 && mprotect(memory, page, PROT_READ) == 0);
  memory[page] = 'f';
  CHECK(madvise(memory, 2 * page, MADV_REMOVE) == 0 || errno == EACCES);
  show_pages("read-only", memory);
}

// Whatever is wrong with an attachment that is to replace memory is found before that is touched.
static void attached_in_vain(void) {
  char* place = filled();
  const int segment = shmget(IPC_PRIVATE, kPages * page, 0600);
  CHECK(segment >= 0);
  CHECK(shmat(segment, place + 1, SHM_REMAP) == (void*)-1 && errno == EINVAL);
  CHECK(shmat(segment, NULL, SHM_REMAP) == (void*)-1 && errno == EINVAL);
  CHECK(shmat(segment, place + page, 0) == (void*)-1 && errno == EINVAL);
  CHECK(shmat(segment, (void*)(UINT64_MAX << 14), SHM_REMAP) == (void*)-1);
  CHECK(shmctl(segment, IPC_RMID, NULL) == 0);
  CHECK(shmat(segment, place, SHM_REMAP) == (void*)-1 && errno == EINVAL);
  show_pages("shmat", place);
  char* sealed_place = filled();
  const int other = shmget(IPC_PRIVATE, kPages * page, 0600);
  if (syscall(kMseal, sealed_place + 2 * page, page, 0) == 0)
    CHECK(shmat(other, sealed_place, SHM_REMAP) == (void*)-1 && errno == EPERM);
  CHECK(shmctl(other, IPC_RMID, NULL) == 0);
  show_pages("sealed", sealed_place);
}

int main(void) {
  page = sysconf(_SC_PAGESIZE);
  handle(SIGSEGV, on_fault, 0);
  sealed();
  locked();
  with_gap();
  placed_in_vain();
  removed();
  attached_in_vain();
  return 0;
}
