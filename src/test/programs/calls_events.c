// What becomes readable: inotify, eventfd, timerfd, signalfd, epoll, POSIX queues, pidfd.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;
static void check(int holds, const char* what) {
  printf("%s: %s\n", what, holds ? "yes" : "NO");
  if (!holds) ++failures;
}

static void watch_folder(void) {
  char folder[] = "/tmp/calls-events-XXXXXX", name[100];
  if (mkdtemp(folder) == NULL) exit(2);
  int watch = inotify_init1(IN_CLOEXEC);
  check(inotify_add_watch(watch, folder, IN_CREATE | IN_DELETE | IN_MOVE) == 1, "a watch");
  snprintf(name, sizeof name, "%s/a-file", folder);
  close(open(name, O_CREAT | O_WRONLY, 0600));
  unlink(name);
  char events[1000];
  ssize_t size = read(watch, events, sizeof events);
  struct inotify_event* event = (struct inotify_event*)events;
  check(size == 2 * (ssize_t)(sizeof *event + event->len) && event->mask == IN_CREATE,
        "two events");
  check(strcmp(event->name, "a-file") == 0, "with the file's name");
  rmdir(folder);
}

static void wait_for_several(void) {
  int counter = eventfd(3, EFD_SEMAPHORE);
  uint64_t value = 0;
  check(read(counter, &value, 8) == 8 && value == 1, "a semaphore counts down");
  int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  struct itimerspec soon = {{0, 2000000}, {0, 1000000}}, left;
  check(timerfd_settime(timer, 0, &soon, NULL) == 0, "a timer");
  struct timespec pause = {0, 9000000};
  nanosleep(&pause, NULL);
  check(read(timer, &value, 8) == 8 && value >= 3, "has expired several times");
  check(timerfd_gettime(timer, &left) == 0 && left.it_interval.tv_nsec == 2000000, "and goes on");

  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int signals = signalfd(-1, &set, 0);
  raise(SIGUSR1);
  int epoll = epoll_create1(0);
  int fds[] = {counter, timer, signals};
  for (int i = 0; i < 3; ++i) {
    struct epoll_event event = {EPOLLIN, {.u32 = (uint32_t)i}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
  }
  nanosleep(&pause, NULL);
  struct epoll_event ready[5];
  check(epoll_wait(epoll, ready, 5, 1000) == 3, "all three are ready");
  struct signalfd_siginfo info;
  check(read(signals, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR1 &&
            info.ssi_pid == (uint32_t)getpid(),
        "a signal is read");
  struct pollfd polled[2] = {{signals, POLLIN, 0}, {counter, POLLIN, 0}};
  check(poll(polled, 2, 0) == 1 && polled[0].revents == 0 && polled[1].revents == POLLIN, "poll");
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(signals, &readable);
  FD_SET(counter, &readable);
  struct timeval patience = {3, 0};
  check(select(counter + signals + 1, &readable, NULL, NULL, &patience) == 1 &&
            FD_ISSET(counter, &readable),
        "select");
}

static void queue(void) {
  struct {
    long flags, most, size, now, reserved[4];
  } attributes = {0, 3, 20, 0, {0}};
  int fd =
      (int)syscall(SYS_mq_open, "calls-events", O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attributes);
  if (fd < 0) {
    check(errno == ENOSYS || errno == ENOENT || errno == EACCES, "no queues here");
    return;
  }
  syscall(SYS_mq_unlink, "calls-events");
  check(syscall(SYS_mq_timedsend, fd, "low", 3, 1, NULL) == 0 &&
            syscall(SYS_mq_timedsend, fd, "high", 4, 9, NULL) == 0,
        "two messages");
  char words[20];
  unsigned priority = 0;
  check(syscall(SYS_mq_timedreceive, fd, words, 20, &priority, NULL) == 4 && priority == 9,
        "the urgent one first");
  check(syscall(SYS_mq_getsetattr, fd, NULL, &attributes) == 0 && attributes.now == 1,
        "one is left");
}

static void child_by_descriptor(void) {
  pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
  struct pollfd ended = {pidfd, POLLIN, 0};
  check(poll(&ended, 1, 0) == 0, "a child lives");
  check(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0) == 0 && poll(&ended, 1, 5000) == 1,
        "and ends");
  siginfo_t info;
  check(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) == 0 && info.si_pid == child &&
            info.si_status == SIGTERM,
        "and is waited for");
}

int main(void) {
  watch_folder();
  wait_for_several();
  queue();
  child_by_descriptor();
  return failures != 0;
}
