// Calls with pointers, lengths and descriptors that are not what they should be: each prints its result, what
// became of the memory, and that is the same with and without a recorder.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static unsigned sum(const void* at, size_t size) {
  unsigned hash = 5381;
  for (size_t i = 0; i < size; ++i) hash = hash * 33 + ((const unsigned char*)at)[i];
  return hash;
}

static char* usable;    // two pages, behind which nothing is mapped
static char* edge;      // their end
static char* readable;  // a page that cannot be written

static void show(const char* what, long result) {
  const int error = errno;
  printf("%s: %ld %s, memory %08x\n", what, result, result < 0 ? strerrorname_np(error) : "",
         sum(usable, 8192));
  memset(usable, 0x5a, 8192);
  errno = 0;
}

static int full_pipe(void) {
  int ends[2];
  char bytes[300];
  if (pipe(ends) < 0) return -1;
  for (int i = 0; i < 300; ++i) bytes[i] = (char)i;
  if (write(ends[1], bytes, sizeof bytes) != sizeof bytes) return -1;
  close(ends[1]);
  return ends[0];
}

static int file(void) {
  static const char name[] = "/tmp/wild-pointers";
  int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
  char bytes[6000];
  for (int i = 0; i < 6000; ++i) bytes[i] = (char)(i * 7);
  if (write(fd, bytes, sizeof bytes) != sizeof bytes) return -1;
  lseek(fd, 0, SEEK_SET);
  unlink(name);
  return fd;
}

static const uint64_t kNowhere[] = {0,
                                    1,
                                    4096,
                                    0xdeadbeef000,
                                    0x0001000000000000,
                                    0xffff800000000000,
                                    0xfffffffffffff000,
                                    0xffffffffffffffff};

int main(void) {
  char* area = mmap(NULL, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  usable = area + 4096;
  edge = area + 3 * 4096;
  readable = area;
  memset(usable, 0x5a, 8192);
  mprotect(readable, 4096, PROT_READ);
  munmap(edge, 8192);

  for (size_t i = 0; i < sizeof kNowhere / sizeof *kNowhere; ++i) {
    void* nowhere = (void*)kNowhere[i];
    printf("at %llx\n", (unsigned long long)kNowhere[i]);
    show("read", syscall(SYS_read, file(), nowhere, 100));
    show("read of a pipe", syscall(SYS_read, full_pipe(), nowhere, 100));
    show("fstat", syscall(SYS_fstat, 1, nowhere));
    show("pipe2", syscall(SYS_pipe2, nowhere, 0));
    show("getcwd", syscall(SYS_getcwd, nowhere, 100));
    show("nanosleep", syscall(SYS_nanosleep, nowhere, NULL));
    show("ppoll", syscall(SYS_ppoll, nowhere, 2, &(struct timespec){0, 0}, NULL, 8));
    show("readv", syscall(SYS_readv, file(), nowhere, 2));
    show("recvmsg", syscall(SYS_recvmsg, socket(AF_UNIX, SOCK_DGRAM, 0), nowhere, MSG_DONTWAIT));
    show("waitid", syscall(SYS_waitid, 0, 0, nowhere, 4, NULL));
    show("openat", syscall(SYS_openat, AT_FDCWD, nowhere, O_RDONLY));
    show("execve", syscall(SYS_execve, nowhere, NULL, NULL));
  }

  puts("at what can be read only");
  show("read", read(file(), readable, 100));
  show("fstat", syscall(SYS_fstat, 1, readable));
  show("getrandom", syscall(SYS_getrandom, readable, 16, 0));

  puts("up to the edge");
  show("read of a file", read(file(), edge - 50, 5000));
  show("read of a pipe", read(full_pipe(), edge - 51, 300));
  show("pread", pread(file(), edge - 4097, 5000, 3));
  show("getcwd", syscall(SYS_getcwd, edge - 2, 100));
  show("fstat", syscall(SYS_fstat, open("/", O_RDONLY), edge - 60) < 0 ? -1 : 0);
  struct iovec across[3] = {{edge - 10, 10}, {edge - 30, 400}, {usable, 100}};
  show("readv", readv(file(), across, 3));
  struct iovec* half = (struct iovec*)(edge - 16);
  *half = (struct iovec){usable, 10};
  const long halved = readv(file(), half, 2);
  memset(half, 0, 16);  // an address, which is another in each run
  show("readv, half its vectors", halved);

  puts("lengths");
  show("read", syscall(SYS_read, file(), usable, (size_t)-1));
  show("read, 2^63", syscall(SYS_read, file(), usable, (size_t)1 << 63));
  show("read, 2^63 - 1", syscall(SYS_read, full_pipe(), edge - 100, ((size_t)1 << 63) - 1));
  show("read, 2^32", syscall(SYS_read, file(), edge - 500, (size_t)1 << 32));
  show("pread, 2^62 off", syscall(SYS_pread64, file(), usable, 100, (off_t)1 << 62));
  show("readv, too many", syscall(SYS_readv, file(), across, 1025));
  struct iovec huge[2] = {{usable, (size_t)-1}, {usable, 1}};
  show("readv, huge", readv(file(), huge, 2));
  struct iovec large[2] = {{usable, 0x7fffffff00000000}, {usable + 1, 1}};
  show("readv, large", readv(file(), large, 2));
  show("getdents",
       syscall(SYS_getdents64, open("/proc/self/fdinfo", O_RDONLY), usable, 0xffffffffu) < 0 ? -1
                                                                                             : 0);
  show("ppoll, 2^31 descriptors", syscall(SYS_ppoll, usable, 0x80000000u, NULL, NULL, 8));

  puts("descriptors of nothing, and sub-commands that a recorder refuses");
  const int path = open("/", O_PATH);
  show("ioctl", ioctl(-1, _IO('K', 0)));
  show("ioctl, O_PATH", ioctl(path, _IO('K', 0)));
  show("ioctl, nested", ioctl(-1, _IOWR('d', 0, int), usable));
  show("ioctl, ethtool", ioctl(-1, SIOCETHTOOL, usable));
  show("setsockopt", setsockopt(-1, SOL_PACKET, PACKET_RX_RING, usable, 16));
  close(path);

  puts("overlapping");
  struct iovec twice[3] = {{usable, 100}, {usable + 50, 100}, {usable + 25, 100}};
  show("readv into itself", readv(file(), twice, 3));
  struct iovec* own = (struct iovec*)(usable + 64);
  own[0] = (struct iovec){usable, 256};
  own[1] = (struct iovec){usable + 1024, 64};
  show("readv over its vectors", readv(full_pipe(), own, 2));
  int ends[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  show("send", send(ends[1], "a message of some length", 24, 0));
  struct msghdr* header = (struct msghdr*)usable;
  struct iovec into = {usable + 8, 16};
  *header = (struct msghdr){.msg_iov = &into, .msg_iovlen = 1};
  show("recvmsg over its header", recvmsg(ends[0], header, 0));
  uint64_t* time = (uint64_t*)usable;
  time[0] = 0;
  time[1] = 1000;
  show("nanosleep, its rest where its time is", syscall(SYS_nanosleep, time, time));
  return 0;
}
