// Files that are mapped and then changed by calls: a mapping shows it at once, whoever made the
// call, shared and private ones alike, but for private pages that have been written.
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
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kPage = 4096, kSize = 4 * kPage };

static sigjmp_buf after_fault;
static unsigned sum;

static void on_fault(int signal) { siglongjmp(after_fault, signal); }

#define REQUIRE(condition)                                          \
  do {                                                              \
    if (!(condition)) {                                             \
      printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno)); \
      exit(1);                                                      \
    }                                                               \
  } while (0)

// Both mappings show `text` at `offset`; what they show decides what is printed.
static void expect(const char* shared, const char* private, size_t offset, const char* text) {
  const size_t size = strlen(text);
  REQUIRE(memcmp(shared + offset, text, size) == 0);
  REQUIRE(memcmp(private + offset, text, size) == 0);
  for (size_t i = 0; i < size; ++i) sum = sum * 31 + (unsigned char)shared[offset + i];
  printf("%s %.*s %u\n", text, (int)size, private + offset, sum);
}

static int faults(volatile const char* at) {
  if (sigsetjmp(after_fault, 1) != 0) return 1;
  sum += (unsigned char)*at;
  return 0;
}

// Opened without its name, which root may do.
static void emptied_by_handle(const char* folder, const char* path, char* view) {
  union {
    struct file_handle handle;
    char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } file = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
  int mount = 0;
  if (name_to_handle_at(AT_FDCWD, path, &file.handle, &mount, 0) != 0) return;
  const int directory = open(folder, O_RDONLY);
  const int emptied = open_by_handle_at(directory, &file.handle, O_RDWR | O_TRUNC);
  close(directory);
  if (emptied < 0) return;
  REQUIRE(faults(view));
  REQUIRE(write(emptied, "handle", 6) == 6 && !faults(view));
  expect(view, view, 0, "handle");
  close(emptied);
}

static void in_folder(const char* folder) {
  char path[200], other[200];
  snprintf(path, sizeof path, "%s/rr-written-%d", folder, (int)getpid());
  snprintf(other, sizeof other, "%s/rr-other-%d", folder, (int)getpid());
  const int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  const int source = open(other, O_RDWR | O_CREAT | O_EXCL, 0600);
  REQUIRE(fd >= 0 && source >= 0);
  REQUIRE(ftruncate(fd, kSize) == 0);
  REQUIRE(write(source, "SOURCE", 6) == 6);
  char* shared = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char* private = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  REQUIRE(shared != MAP_FAILED && private != MAP_FAILED);

  REQUIRE(write(fd, "written", 7) == 7);
  expect(shared, private, 0, "written");
  REQUIRE(write(fd, "again", 5) == 5);
  expect(shared, private, 7, "again");
  REQUIRE(pwrite(fd, "placed", 6, kPage + 10) == 6);
  expect(shared, private, kPage + 10, "placed");
  const struct iovec parts[2] = {{"one", 3}, {"two", 3}};
  REQUIRE(pwritev(fd, parts, 2, 100) == 6);
  expect(shared, private, 100, "onetwo");
  REQUIRE(pwritev2(fd, parts, 2, 200, 0) == 6);
  expect(shared, private, 200, "onetwo");

  off_t from = 0;
  REQUIRE(lseek(fd, 300, SEEK_SET) == 300);
  REQUIRE(sendfile(fd, source, &from, 6) == 6);
  expect(shared, private, 300, "SOURCE");
  loff_t in = 0, out = 400;
  const ssize_t copied = copy_file_range(source, &in, fd, &out, 6, 0);
  if (copied == 6) expect(shared, private, 400, "SOURCE");
  int ends[2];
  REQUIRE(pipe(ends) == 0 && write(ends[1], "SPLICED", 7) == 7);
  loff_t at = 500;
  REQUIRE(splice(ends[0], NULL, fd, &at, 7, 0) == 7 && at == 507);
  expect(shared, private, 500, "SPLICED");

  // By another process, through a descriptor and a mapping of its own.
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    const int own = open(path, O_WRONLY | O_APPEND);
    memcpy(shared + 600, "stored", 6);
    _exit(own >= 0 && pwrite(own, "appended", 8, 0) == 8 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child && status == 0);
  expect(shared, private, 600, "stored");
  char* tail = mmap(NULL, 2 * kPage, PROT_READ, MAP_SHARED, fd, kSize - kPage);
  REQUIRE(tail != MAP_FAILED);
  expect(tail, tail, kPage, "appended");

  // A private page that was written stays as it is.
  private[2 * kPage] = 'p';
  REQUIRE(pwrite(fd, "XYZ", 3, 2 * kPage) == 3);
  REQUIRE(memcmp(shared + 2 * kPage, "XYZ", 3) == 0 && private[2 * kPage] == 'p');
  REQUIRE(private[2 * kPage + 1] == 0);

  // Shorter: what is beyond the end faults; longer again: zeros.
  signal(SIGBUS, on_fault);
  REQUIRE(ftruncate(fd, kPage + 12) == 0);
  REQUIRE(!faults(shared) && faults(shared + 2 * kPage) && faults(private + 2 * kPage));
  REQUIRE(faults(private + 3 * kPage));
  expect(shared, private, kPage + 10, "pl");
  REQUIRE(shared[kPage + 12] == 0);
  REQUIRE(truncate(path, kSize) == 0);
  REQUIRE(!faults(shared + 3 * kPage) && shared[2 * kPage] == 0 && private[2 * kPage] == 0);

  REQUIRE(pwrite(fd, "punch", 5, 3 * kPage) == 5);
  expect(shared, private, 3 * kPage, "punch");
  if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * kPage, 2) == 0) {
    REQUIRE(shared[3 * kPage] == 0 && shared[3 * kPage + 1] == 0 && private[3 * kPage] == 0);
    expect(shared, private, 3 * kPage + 2, "nch");
  }

  // Replaced by another: the mapping keeps the old one, a new mapping shows the new one.
  REQUIRE(rename(other, path) == 0);
  expect(shared, private, 0, "written");
  const int now = open(path, O_RDWR);
  char* new_one = mmap(NULL, kPage, PROT_READ, MAP_SHARED, now, 0);
  REQUIRE(new_one != MAP_FAILED);
  expect(new_one, new_one, 0, "SOURCE");
  REQUIRE(pwrite(now, "target", 6, 0) == 6);
  expect(new_one, new_one, 0, "target");
  const int cut = open(path, O_RDWR | O_TRUNC);
  REQUIRE(cut >= 0 && faults(new_one));
  REQUIRE(write(cut, "short", 5) == 5 && !faults(new_one));
  expect(new_one, new_one, 0, "short");
  emptied_by_handle(folder, path, new_one);
  unlink(path);
  REQUIRE(pwrite(fd, "unlinked", 8, 0) == 8);
  expect(shared, private, 0, "unlinked");

  // Mapped, unmapped, changed at once to something as long, mapped again.
  REQUIRE(munmap(shared, kSize) == 0 && munmap(private, kSize) == 0 && munmap(tail, 2 * kPage) == 0);
  REQUIRE(pwrite(fd, "meantime", 8, 0) == 8);
  char* later = mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, fd, 0);
  REQUIRE(later != MAP_FAILED);
  expect(later, later, 0, "meantime");

  // Past the page cache.
  const int direct = open(other, O_RDWR | O_CREAT | O_DIRECT, 0600);
  if (direct >= 0) {
    char* block;
    REQUIRE(posix_memalign((void**)&block, kPage, kPage) == 0);
    memset(block, 'd', kPage);
    REQUIRE(write(direct, block, kPage) == kPage);
    char* view = mmap(NULL, kPage, PROT_READ, MAP_SHARED, direct, 0);
    REQUIRE(view != MAP_FAILED && view[kPage - 1] == 'd');
    memset(block, 'D', kPage);
    REQUIRE(pwrite(direct, block, kPage, 0) == kPage);
    REQUIRE(view[0] == 'D' && view[kPage - 1] == 'D');
    expect(view, view, 5, "DDDD");
    unlink(other);
    close(direct);
  }
  close(fd);
  close(source);
  close(now);
  close(cut);
}

int main(int count, char** arguments) {
  in_folder(count > 1 ? arguments[1] : "/tmp");
  if (count == 1) in_folder("/dev/shm");
  const int memory = memfd_create("rr-test", MFD_ALLOW_SEALING);
  REQUIRE(memory >= 0 && ftruncate(memory, kPage) == 0);
  char* view = mmap(NULL, kPage, PROT_READ, MAP_SHARED, memory, 0);
  REQUIRE(view != MAP_FAILED);
  REQUIRE(write(memory, "memory", 6) == 6);
  expect(view, view, 0, "memory");
  REQUIRE(munmap(view, kPage) == 0);
  REQUIRE(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK) == 0);
  REQUIRE(write(memory, "no", 2) == -1 && errno == EPERM);
  REQUIRE(ftruncate(memory, 0) == -1 && errno == EPERM);
  REQUIRE((view = mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, memory, 0)) != MAP_FAILED);
  expect(view, view, 0, "memory");
  printf("sum %u\n", sum);
  return 0;
}
