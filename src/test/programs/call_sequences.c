// Random sequences of calls, valid and not, with random buffers, in processes and threads:
// call_sequences [FIRST_SEED COUNT [CALLS]]. What a seed does is the same each time; what comes of
// it is told as a hash of results and memory.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kThreads = 3, kArea = 16384, kPage = 4096 };

// What an argument may be: f a descriptor, p a pointer, P a pointer to vectors, n a length, i a
// small number, a anything, z zero, - the current folder, s a name, w AT_* flags.
struct call {
  int number;
  const char* arguments;
};
static const struct call kCalls[] = {
    {SYS_read, "fpn"},
    {SYS_write, "fpn"},
    {SYS_pread64, "fpni"},
    {SYS_pwrite64, "fpni"},
    {SYS_readv, "fPi"},
    {SYS_writev, "fPi"},
    {SYS_preadv, "fPiiz"},
    {SYS_preadv2, "fPiizi"},
    {SYS_lseek, "fai"},
    {SYS_fstat, "fp"},
    {SYS_newfstatat, "-spw"},
    {SYS_statx, "-swap"},
    {SYS_fstatfs, "fp"},
    {SYS_statfs, "sp"},
    {SYS_getdents64, "fpn"},
    {SYS_readlinkat, "-spn"},
    {SYS_openat, "-siz"},
    {SYS_faccessat, "-si"},
    {SYS_getcwd, "pn"},
    {SYS_fcntl, "fia"},
    {SYS_dup, "f"},
    {SYS_pipe2, "pz"},
    {SYS_ftruncate, "fi"},
    {SYS_fallocate, "fiii"},
    {SYS_fsync, "f"},
    {SYS_fgetxattr, "fspn"},
    {SYS_fsetxattr, "fspnz"},
    {SYS_flistxattr, "fpn"},
    {SYS_sendfile, "ffpi"},
    {SYS_splice, "fpfpii"},
    {SYS_tee, "ffii"},
    {SYS_vmsplice, "fPii"},
    {SYS_copy_file_range, "fpfpiz"},
    {SYS_ppoll, "pizzz"},
    {SYS_epoll_ctl, "fifp"},
    {SYS_epoll_pwait, "fpizzz"},
    {SYS_eventfd2, "ii"},
    {SYS_timerfd_gettime, "fp"},
    {SYS_timerfd_settime, "fipp"},
    {SYS_inotify_add_watch, "fsa"},
    {SYS_sendto, "fpniza"},
    {SYS_recvfrom, "fpnipp"},
    {SYS_sendmsg, "fpi"},
    {SYS_recvmsg, "fpi"},
    {SYS_recvmmsg, "fpiiz"},
    {SYS_sendmmsg, "fpii"},
    {SYS_getsockopt, "fiipp"},
    {SYS_setsockopt, "fiipi"},
    {SYS_getsockname, "fpp"},
    {SYS_getpeername, "fpp"},
    {SYS_socketpair, "iiip"},
    {SYS_ioctl, "fap"},
    {SYS_clock_gettime, "ip"},
    {SYS_clock_getres, "ip"},
    {SYS_gettimeofday, "pp"},
    {SYS_getitimer, "ip"},
    {SYS_getrusage, "ip"},
    {SYS_times, "p"},
    {SYS_sysinfo, "p"},
    {SYS_uname, "p"},
    {SYS_getrandom, "pni"},
    {SYS_getcpu, "ppz"},
    {SYS_sched_getaffinity, "znp"},
    {SYS_sched_getattr, "zpnz"},
    {SYS_getresuid, "ppp"},
    {SYS_getresgid, "ppp"},
    {SYS_getgroups, "ip"},
    {SYS_getrlimit, "ip"},
    {SYS_prlimit64, "zizp"},
    {SYS_rt_sigpending, "pn"},
    {SYS_rt_sigprocmask, "izpi"},
    {SYS_rt_sigaction, "izpi"},
    {SYS_sigaltstack, "zp"},
    {SYS_capget, "pp"},
    {SYS_mincore, "pnp"},
    {SYS_process_vm_readv, "zPiPiz"},
    {SYS_get_robust_list, "zpp"},
    {SYS_name_to_handle_at, "-sppw"},
    {SYS_mq_getsetattr, "fzp"},
    {SYS_prctl, "ipppp"},
    {SYS_futex, "pizzpi"},
    {SYS_readahead, "fii"},
    {SYS_msync, "pni"},
    {SYS_timer_create, "izp"},
    {SYS_kcmp, "zziii"},
    {SYS_memfd_create, "si"},
    {SYS_madvise, "pni"},
    {451, "fppz"},
    {452, "-siw"},
    {439, "-siw"},
    {434, "ii"},
    {457, "ppnz"},
    {458, "ppiz"},
    {461, "ppz"},
    {468, "-spnw"},
    {999, "aaa"},
    {-5, "aaa"},
};

static uint64_t next(uint64_t* state) {
  *state += 0x9e3779b97f4a7c15;
  uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

struct actor {
  uint64_t random;
  uint64_t hash;
  int calls;
  char* area;  // kArea bytes, behind which nothing can be touched
};

static void mix(struct actor* a, uint64_t value) { a->hash = (a->hash ^ value) * 0x100000001b3; }

static int descriptors[12];

static void open_some(void) {
  int pair[2];
  int n = 0;
  char name[] = "/tmp/call-sequences-XXXXXX";
  descriptors[n++] = mkstemp(name);
  unlink(name);
  if (write(descriptors[0], kCalls, 1500) < 0) _exit(2);
  lseek(descriptors[0], 100, SEEK_SET);
  if (pipe2(pair, O_NONBLOCK) < 0) _exit(2);
  descriptors[n++] = pair[0];
  descriptors[n++] = pair[1];
  if (write(pair[1], kCalls, 500) < 0) _exit(2);
  socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair);
  descriptors[n++] = pair[0];
  descriptors[n++] = pair[1];
  if (write(pair[1], kCalls, 99) < 0) _exit(2);
  descriptors[n++] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  descriptors[n++] = open("/proc/self/status", O_RDONLY);
  descriptors[n++] = open("/dev/zero", O_RDWR);
  descriptors[n++] = eventfd(7, EFD_NONBLOCK);
  descriptors[n++] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  descriptors[n++] = epoll_create1(0);
  descriptors[n++] = open("/etc", O_RDONLY | O_DIRECTORY);
}

static const char* const kNames[] = {
    "/tmp", "/proc/self/exe", "/etc/passwd", "/nowhere", "user.x", ".", ""};

static uint64_t pointer(struct actor* a) {
  const uint64_t r = next(&a->random);
  switch (r % 12) {
    case 0:
      return 0;
    case 1:
      return r >> 3;  // anywhere
    case 2:
    case 3:
      return (uint64_t)a->area + kArea - (r >> 8) % 64;  // near the edge
    default:
      return (uint64_t)a->area + ((r >> 8) % (kArea - 512) & ~7ull);
  }
}

// Puts three vectors somewhere.
static uint64_t vectors(struct actor* a) {
  struct iovec* at = (struct iovec*)(a->area + (next(&a->random) % 8000 & ~7ull));
  for (int i = 0; i < 3; ++i) at[i] = (struct iovec){(void*)pointer(a), next(&a->random) % 700};
  return (uint64_t)at;
}

static uint64_t argument(struct actor* a, char kind) {
  const uint64_t r = next(&a->random);
  switch (kind) {
    case 'f':
      return r % 20 == 0 ? r >> 40 : (uint64_t)descriptors[r % 12];
    case 'p':
      return pointer(a);
    case 'P':
      return r % 8 == 0 ? pointer(a) : vectors(a);
    case 'n':
      return r % 10 == 0 ? r << (r % 7) : (r >> 8) % 3000;
    case 'i':
      return r % 15 == 0 ? r : (r >> 8) % 40;
    case 's':
      return r % 10 == 0 ? pointer(a) : (uint64_t)kNames[(r >> 8) % 7];
    case '-':
      return (uint64_t)AT_FDCWD;
    case 'w':
      return r % 3 == 0 ? (r >> 8) & 0x1f00 : 0;
    case 'a':
      return r % 2 == 0 ? r : (r >> 8) % 0x10000;
    default:
      return 0;
  }
}

// Calls that end the process, take what the next ones need, or never come back.
static int is_left_out(int number, const uint64_t* x) {
  const uint32_t command = (uint32_t)x[1];
  if (number == SYS_fcntl)
    return command == F_SETLKW || command == 38 || command == F_SETOWN || command == F_SETSIG;
  if (number == SYS_prctl)
    return x[0] == 4 || x[0] == 1 || x[0] == 22 || x[0] == 15 || x[0] == 35 || x[0] == 36;
  if (number == SYS_futex)
    return command % 128 == 0 || command % 128 == 6 || command % 128 == 9 || command % 128 == 11 ||
           command % 128 == 13;
  if (number == SYS_madvise)
    return x[2] == 9 || x[2] == 100 || x[2] == 101 || x[2] == 18 || x[2] == 19 || x[2] == 102;
  if (number == SYS_rt_sigprocmask) return 1;
  return 0;
}

static void* act(void* actor) {
  struct actor* a = actor;
  for (int i = 0; i < a->calls; ++i) {
    const struct call* call = &kCalls[next(&a->random) % (sizeof kCalls / sizeof *kCalls)];
    uint64_t x[6] = {0};
    for (int j = 0; call->arguments[j] != 0; ++j) x[j] = argument(a, call->arguments[j]);
    if (is_left_out(call->number, x)) continue;
    errno = 0;
    const long result = syscall(call->number, x[0], x[1], x[2], x[3], x[4], x[5]);
    mix(a, (uint64_t)result);
    mix(a, (uint64_t)errno);
    for (size_t w = 0; w < kArea / 8; ++w) mix(a, ((uint64_t*)a->area)[w]);
  }
  return NULL;
}

static char* new_area(uint64_t* random) {
  char* area =
      mmap(NULL, kArea + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(area + kArea, kPage, PROT_NONE);
  for (size_t w = 0; w < kArea / 8; ++w)
    ((uint64_t*)area)[w] = next(random) % 3 == 0 ? next(random) : w % 7;
  return area;
}

static uint64_t run(uint64_t seed, int calls) {
  uint64_t random = seed * 0x2545f4914f6cdd1d + 1;
  struct actor actors[kThreads];
  pthread_t threads[kThreads];
  const int count = 1 + (int)(next(&random) % kThreads);
  alarm(2);
  open_some();
  for (int i = 0; i < count; ++i)
    actors[i] = (struct actor){next(&random), 14695981039346656037u, calls, new_area(&random)};
  for (int i = 1; i < count; ++i) pthread_create(&threads[i], NULL, act, &actors[i]);
  act(&actors[0]);
  for (int i = 1; i < count; ++i) pthread_join(threads[i], NULL);
  uint64_t hash = 0;
  for (int i = 0; i < count; ++i) hash = hash * 31 + actors[i].hash;
  return hash;
}

int main(int argc, char** argv) {
  const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
  const int count = argc > 2 ? atoi(argv[2]) : 5;
  const int calls = argc > 3 ? atoi(argv[3]) : 12;
  for (int i = 0; i < count; ++i) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      printf("seed %llu: %016llx\n", (unsigned long long)(first + (uint64_t)i),
             (unsigned long long)run(first + (uint64_t)i, calls));
      fflush(stdout);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0)
      printf("seed %llu ended with %x\n", (unsigned long long)(first + (uint64_t)i), status);
  }
  return 0;
}
