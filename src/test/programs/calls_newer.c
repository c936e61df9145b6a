// Calls that libc of today may not have: close_range, openat2, faccessat2, epoll_pwait2,
// futex_waitv, pidfd_getfd, process_madvise, memfd_create, landlock, mseal, cachestat, statmount,
// listmount, *xattrat. An old kernel lacks some, which says so by ENOSYS.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  kPidfdOpen = 434,
  kCloseRange = 436,
  kOpenat2,
  kPidfdGetfd,
  kFaccessat2,
  kProcessMadvise,
  kEpollPwait2,
  kLandlockCreate = 444,
  kLandlockAdd,
  kLandlockRestrict,
  kFutexWaitv = 449,
  kCachestat = 451,
  kFchmodat2,
  kFutexWake = 454,
  kFutexWait,
  kStatmount = 457,
  kListmount,
  kLsmList = 461,
  kMseal,
  kSetxattrat,
  kGetxattrat,
};

static int failures, lacking;
static void check(int holds, const char* what) {
  if (!holds && errno == ENOSYS) {
    ++lacking;
    return;
  }
  printf("%s: %s\n", what, holds ? "yes" : "NO");
  if (!holds) ++failures;
}
#define CHECK(expression, what) \
  do {                          \
    errno = 0;                  \
    check(expression, what);    \
  } while (0)

static int is_at_least(int major, int minor) {
  struct utsname name;
  int a = 0, b = 0;
  if (uname(&name) != 0 || sscanf(name.release, "%d.%d", &a, &b) != 2) exit(2);
  return a > major || (a == major && b >= minor);
}

static void files(void) {
  char name[] = "/tmp/calls-newer-XXXXXX";
  int fd = mkstemp(name);
  CHECK(write(fd, "words", 5) == 5, "a file");
  struct {
    uint64_t flags, mode, resolve;
  } how = {O_RDONLY, 0, 0};
  CHECK(syscall(kOpenat2, AT_FDCWD, name, &how, sizeof how) >= 0, "openat2");
  how.flags = 1ull << 40;
  CHECK(syscall(kOpenat2, AT_FDCWD, name, &how, sizeof how) == -1 && errno == EINVAL,
        "openat2 knows its flags");
  CHECK(syscall(kFaccessat2, AT_FDCWD, name, R_OK, AT_EACCESS) == 0, "faccessat2");
  CHECK(syscall(kFchmodat2, AT_FDCWD, name, 0640, 0) == 0, "fchmodat2");
  struct statx status;
  CHECK(statx(AT_FDCWD, name, 0, STATX_ALL, &status) == 0 && status.stx_size == 5, "statx");
  uint64_t range[2] = {0, 4096}, cached[5] = {0};
  CHECK(syscall(kCachestat, fd, range, cached, 0) == 0, "cachestat");
  struct {
    uint64_t value;
    uint32_t size, flags;
  } attribute = {(uint64_t) "value", 5, 0};
  CHECK(
      syscall(kSetxattrat, AT_FDCWD, name, 0, "trusted.newer", &attribute, sizeof attribute) == 0 ||
          errno == EPERM,
      "setxattrat");
  char value[20];
  attribute.value = (uint64_t)value;
  attribute.size = sizeof value;
  CHECK(
      syscall(kGetxattrat, AT_FDCWD, name, 0, "trusted.newer", &attribute, sizeof attribute) == 5 ||
          errno == ENODATA,
      "getxattrat");
  unlink(name);
  int top = dup2(fd, 900);
  CHECK(syscall(kCloseRange, 800, 1000, 0) == 0 && fcntl(top, F_GETFD) == -1, "close_range");
  uint64_t mounts[3] = {24, UINT64_MAX, 0}, found[50];
  CHECK(syscall(kListmount, mounts, found, 50, 0) > 0, "listmount");
  uint64_t mount[3] = {24, found[0], 0x1f};
  char about[2000];
  CHECK(syscall(kStatmount, mount, about, sizeof about, 0) == 0, "statmount");
}

static void waiting(void) {
  uint32_t word = 5;
  struct {
    uint64_t value, address;
    uint32_t flags, reserved;
  } waiter = {6, (uint64_t)&word, 2, 0};
  CHECK(syscall(kFutexWaitv, &waiter, 1, 0, NULL, 0) == -1 && errno == EAGAIN,
        "futex_waitv sees another value");
  CHECK(syscall(kFutexWait, &word, 6, 0xffffffff, 2, NULL, 0) == -1 && errno == EAGAIN,
        "futex_wait sees another value");
  CHECK(syscall(kFutexWake, &word, 0xffffffff, 1, 2) == 0, "futex_wake");
  struct timespec short_time = {0, 1000000};
  struct epoll_event event;
  CHECK(syscall(kEpollPwait2, epoll_create1(0), &event, 1, &short_time, NULL, 8) == 0,
        "epoll_pwait2");
}

static void processes(void) {
  int ends[2];
  if (pipe(ends) < 0) exit(2);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    pause();
  }
  close(ends[1]);
  int pidfd = (int)syscall(kPidfdOpen, child, 0);
  int theirs = (int)syscall(kPidfdGetfd, pidfd, ends[1], 0);
  CHECK(theirs >= 0 && write(theirs, "!", 1) == 1, "a descriptor of another process");
  struct iovec all = {mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                      8192};
  int self = (int)syscall(kPidfdOpen, getpid(), 0);
  CHECK(syscall(kProcessMadvise, self, &all, 1, 20, 0) == 8192 || errno == EPERM,
        "process_madvise");
  const int space = ioctl(pidfd, 0xff02, 0);  // PIDFD_GET_IPC_NAMESPACE
  CHECK(space >= 0 || !is_at_least(6, 11), "a process's namespace by its pidfd");
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

// Advice to oneself as to another, which puts a guard where the kernel can; what a child finds there.
static void guarded(void) {
  const int kGuardInstall = 102;
  struct iovec all = {mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                      8192};
  const int self = (int)syscall(kPidfdOpen, getpid(), 0);
  const long advised = syscall(kProcessMadvise, self, &all, 1, kGuardInstall, 0);
  const int error = errno;
  CHECK(advised == 8192 || error == EINVAL || error == EPERM, "a guard, or none");
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(*(volatile char*)all.iov_base);
  int status = -1;
  waitpid(child, &status, 0);
  CHECK((advised == 8192) == (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV), "is as told");
}

static void not_dumpable(void) {
  CHECK(prctl(PR_SET_DUMPABLE, 2) == -1 && errno == EINVAL, "a third kind of dumpable");
  CHECK(prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_GET_DUMPABLE) == 0, "not dumpable");
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(prctl(PR_GET_DUMPABLE));
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0, "nor is a child");
  CHECK(prctl(PR_SET_DUMPABLE, 1) == 0 && prctl(PR_GET_DUMPABLE) == 1, "dumpable again");
}

// Memory that the kernel may drop at any time. What is left of it decides what follows.
static void droppable(void) {
  const int kMapDroppable = 8, kPageout = 21;
  const size_t size = 1 << 20;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | kMapDroppable, -1, 0);
  const int error = errno;
  CHECK(memory != MAP_FAILED || error == EINVAL, "memory to be dropped, or none");
  if (memory == MAP_FAILED) return;
  memset(memory, 'A', size);
  madvise(memory, size, kPageout);
  size_t left = 0;
  for (size_t i = 0; i < size; i += 4096) left += memory[i] == 'A';
  CHECK(left <= size / 4096, "a part of it is left");
}

static void memory(void) {
  int fd = memfd_create("newer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  CHECK(fd >= 0 && ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0,
        "a sealed memfd");
  CHECK(ftruncate(fd, 8192) == -1 && errno == EPERM, "does not grow");
  char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(syscall(kMseal, page, 4096, 0) == 0, "mseal");
  CHECK(lacking > 0 || (munmap(page, 4096) == -1 && errno == EPERM), "what is sealed stays");
  char modules[500];
  uint32_t size = sizeof modules;
  CHECK(syscall(kLsmList, modules, &size, 0) >= 0, "lsm_list_modules");
}

static void landlock(void) {
  const long version = syscall(kLandlockCreate, NULL, 0, 1);
  CHECK(version > 0 || errno == EOPNOTSUPP, "landlock tells its version");
  if (version <= 0) return;
  uint64_t handled = 1 << 3;  // reading folders
  int rules = (int)syscall(kLandlockCreate, &handled, sizeof handled, 0);
  struct {
    uint64_t allowed;
    int32_t folder;
  } __attribute__((packed)) rule = {1 << 3, open("/tmp", O_PATH)};
  CHECK(syscall(kLandlockAdd, rules, 1, &rule, 0) == 0, "a rule");
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(kLandlockRestrict, rules, 0) != 0) _exit(1);
    if (open("/etc", O_RDONLY) >= 0 || errno != EACCES) _exit(2);
    _exit(open("/tmp", O_RDONLY) >= 0 ? 0 : 3);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0, "landlock forbids");
}

int main(void) {
  files();
  waiting();
  processes();
  memory();
  droppable();
  guarded();
  not_dumpable();
  landlock();
  return failures != 0;
}
