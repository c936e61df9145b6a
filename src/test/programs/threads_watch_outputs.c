// While a thread sits in a call that blocks, the kernel writes what comes of it at a moment of its own. Another thread lets it
// come and looks at once, and how long it looks until something is there is an argument of its next system call. Ways by which
// the memory is reached: a vector, a message, several messages, much of it, the first argument, more threads than there is
// room for. A read past the page cache, which wants its memory aligned, is none that the recorder breaks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MANY = 70, ROUNDS = 3, MIB = 1 << 20 };

static char memory[16 * MIB] __attribute__((aligned(4096)));
static int in, out;  // of a pipe or a pair of sockets
static struct pollfd polled;
static long result;
static char name[64];

static long call_readv(void) {
  struct iovec parts[] = {{memory, 3}, {memory + 100, 0}, {memory + 200, 4096}};
  return readv(in, parts, 3);
}

static long call_long_readv(void) {
  struct iovec parts[] = {{memory, 3 * MIB}, {memory + 4 * MIB, 4 * MIB}, {memory + 9 * MIB, MIB}};
  return readv(in, parts, 3);
}

static long call_recvmsg(void) {
  char control[256];
  struct iovec parts[] = {{memory, 2}, {memory + 100, 200}};
  struct msghdr message = {name, sizeof name, parts, 2, control, sizeof control, 0};
  const long got = recvmsg(in, &message, 0);
  // The sender is known, but has no name.
  return got * 1000 + (long)message.msg_namelen * 100 + (message.msg_controllen != 0) * 10 + message.msg_flags;
}

static long call_recvmmsg(void) {
  struct iovec parts[] = {{memory, 8}, {memory + 100, 8}};
  struct mmsghdr messages[2] = {{{.msg_iov = parts, .msg_iovlen = 1}, 0}, {{.msg_iov = parts + 1, .msg_iovlen = 1}, 0}};
  const long got = recvmmsg(in, messages, 2, MSG_WAITFORONE, NULL);
  return got * 100 + messages[0].msg_len * 10 + messages[1].msg_len;
}

static long call_long_read(void) { return read(in, memory, MIB); }
static long call_longest_read(void) { return read(in, memory, sizeof memory); }
static long call_long_recv(void) { return recv(in, memory, 2 * MIB, 0); }

static volatile int interruptions;
static void note(int signal) {
  (void)signal;
  ++interruptions;
}

static long call_poll(void) {
  polled = (struct pollfd){in, POLLIN, 0};
  while (poll(&polled, 1, -1) < 0 && errno == EINTR) {
  }
  char byte;
  return polled.revents * 10 + read(in, &byte, 1);
}

struct way {
  const char *name;
  long (*call)(void);
  volatile char *watched;
  int socket_type;  // 0: a pipe
};
static const struct way ways[] = {
    {"readv", call_readv, memory, 0},
    {"long readv", call_long_readv, memory, 0},
    {"recvmsg", call_recvmsg, memory, SOCK_DGRAM},
    {"recvmmsg", call_recvmmsg, memory, SOCK_DGRAM},
    {"long read", call_long_read, memory, 0},
    {"longest read", call_longest_read, memory, 0},
    {"long recv", call_long_recv, memory, SOCK_STREAM},
    {"poll", call_poll, (volatile char *)&polled.revents, 0},
};

static void connect_ends(int socket_type) {
  int ends[2];
  if (socket_type != 0 ? socketpair(AF_UNIX, socket_type, 0, ends) : pipe(ends)) _exit(1);
  in = ends[0];
  out = ends[1];
  const int yes = 1;
  if (socket_type == SOCK_DGRAM) setsockopt(in, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

static void look(volatile char *watched) {
  long looks = 0;
  while (*watched == 0 && looks < 50000) ++looks;
  lseek(-1, looks, SEEK_SET);
}

static void *run(void *way) {
  result = ((const struct way *)way)->call();
  return NULL;
}

static void go(const struct way *way) {
  long last = 0;
  for (int round = 0; round < ROUNDS; ++round) {
    memset(memory, 0, 4096);
    memset(&polled, 0, sizeof polled);
    connect_ends(way->socket_type);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, (void *)way) != 0) _exit(2);
    usleep(1000);
    pthread_kill(thread, SIGWINCH);  // ignored: the call goes on
    usleep(1000);
    if (way->call == call_poll) pthread_kill(thread, SIGUSR1);
    usleep(1000);
    if (write(out, "seven..", 7) != 7) _exit(3);
    look(way->watched);
    pthread_join(thread, NULL);
    last = result;
    close(in);
    close(out);
  }
  printf("%s: %ld %.3s\n", way->name, last, memory);
}

static int many[MANY][2];
static volatile char bytes[MANY];

static void *read_one(void *number) {
  const long i = (long)number;
  return (void *)read(many[i][0], (void *)&bytes[i], 1);
}

static long read_direct(int file) { return pread(file, memory, 4096, 0); }

static int open_direct(void) {
  char path[] = "/tmp/rr-direct-XXXXXX";
  const int file = mkstemp(path);
  if (write(file, memory, 8192) != 8192) _exit(6);
  close(file);
  const int direct = open(path, O_RDONLY | O_DIRECT);
  unlink(path);
  return direct;
}

int main(void) {
  const int direct = open_direct();  // not everywhere is there such a thing
  const long read_alone = read_direct(direct);
  struct sigaction action = {.sa_handler = note};
  sigaction(SIGUSR1, &action, NULL);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) go(&ways[i]);
  pthread_t threads[MANY];
  for (long i = 0; i < MANY; ++i) {
    if (pipe(many[i]) != 0 || pthread_create(&threads[i], NULL, read_one, (void *)i) != 0) return 4;
  }
  usleep(10000);
  if (read_direct(direct) != read_alone) return 7;
  for (int i = 0; i < MANY; ++i) {
    if (write(many[i][1], "x", 1) != 1) return 5;
    look(&bytes[i]);
  }
  for (int i = 0; i < MANY; ++i) pthread_join(threads[i], NULL);
  puts(interruptions == ROUNDS ? "interrupted" : "not interrupted");
  return 0;
}
