// Signals that the program ignores, sent while it waits in a call: no call notices them. A child sends
// one ignored by SIG_IGN and one by default, and ends, which is a third.
#define _GNU_SOURCE
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <time.h>

static const struct timespec kSoon = {0, 50 * 1000 * 1000};
static const struct timespec kLater = {0, 200 * 1000 * 1000};

static pid_t child_sends(void) {
  const pid_t child = fork();
  if (child != 0) return child;
  nanosleep(&kSoon, NULL);
  kill(getppid(), SIGUSR1);   // by SIG_IGN
  kill(getppid(), SIGWINCH);  // by default
  _exit(0);
}

static void waits(const char* name, long (*call)(void), long result, int error) {
  const pid_t child = child_sends();
  errno = 0;
  const long got = call();
  const int why = errno;
  printf("%s %ld %s\n", name, got, strerrorname_np(why));
  fflush(stdout);
  CHECK(got == result && why == error);
  CHECK(status_of(child) == 0);
}

static int ends[2], pair[2], semaphores, events;
static struct epoll_event event;
static char* bytes;
enum { kMany = 300000 };

static long in_epoll(void) { return epoll_wait(events, &event, 1, 200); }
static long in_poll(void) { return poll(NULL, 0, 200); }
static long in_pselect(void) { return pselect(0, NULL, NULL, NULL, &kLater, NULL); }
static long in_nanosleep(void) { return nanosleep(&kLater, NULL); }
static long in_semaphore(void) {
  struct sembuf down = {0, -1, 0};
  return semtimedop(semaphores, &down, 1, &kLater);
}
static long in_sigtimedwait(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  return sigtimedwait(&set, NULL, &kLater);
}
static long in_receive(void) { return recv(pair[0], bytes, 1, 0); }
static long in_receive_of_many(void) { return recv(pair[0], bytes, 2, MSG_WAITALL); }
static long in_write(void) { return write(ends[1], bytes, kMany); }

static pid_t child_reads(void) {
  const pid_t child = fork();
  if (child != 0) return child;
  nanosleep(&kLater, NULL);
  char* into = malloc(kMany);
  size_t done = 0;
  while (done < kMany) done += read(ends[0], into + done, kMany - done);
  _exit(0);
}

int main(void) {
  CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
  CHECK(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  semaphores = semget(IPC_PRIVATE, 1, 0600);
  events = epoll_create1(0);
  bytes = calloc(kMany, 1);
  const struct timeval timeout = {0, 200 * 1000};
  CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0);
  CHECK(write(pair[1], "", 1) == 1);
  waits("recv of many", in_receive_of_many, 1, 0);
  waits("epoll_wait", in_epoll, 0, 0);
  waits("poll", in_poll, 0, 0);
  waits("pselect", in_pselect, 0, 0);
  waits("nanosleep", in_nanosleep, 0, 0);
  waits("semtimedop", in_semaphore, -1, EAGAIN);
  waits("sigtimedwait", in_sigtimedwait, -1, EAGAIN);
  waits("recv", in_receive, -1, EAGAIN);
  const pid_t reader = child_reads();
  waits("write", in_write, kMany, 0);
  CHECK(status_of(reader) == 0);
  semctl(semaphores, 0, IPC_RMID);
  return 0;
}
