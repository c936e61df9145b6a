// Calls that a signal interrupts, each with a handler that restarts, one that does not, no handler (a stop and a continue),
// and a thread's clean end: the four kinds of restart.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static int pipe_ends[2];
static volatile int alarms;
static void on_alarm(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  ++alarms;
}
static const struct timespec tenth = {0, 60000000};

static int call(int which) {
  char byte;
  int word = 0;
  struct timespec left = {0, 0};
  switch (which) {
    case 0:
      return read(pipe_ends[0], &byte, 1);
    case 1: {
      const int result = nanosleep(&tenth, &left);
      CHECK(result == 0 || (left.tv_nsec > 0 && left.tv_nsec < tenth.tv_nsec));
      return result;
    }
    case 2: {
      struct pollfd p = {pipe_ends[0], POLLIN, 0};
      return poll(&p, 1, 60);
    }
    case 3:
      return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &tenth, NULL, 0);
    case 4: {
      const int result = clock_nanosleep(CLOCK_MONOTONIC, 0, &tenth, &left);
      errno = result;
      return result == 0 ? 0 : -1;
    }
    case 5: {
      const int e = epoll_create1(0);
      struct epoll_event event;
      const int result = epoll_wait(e, &event, 1, 60);
      close(e);
      return result;
    }
    case 6:
      return waitpid(-1, NULL, 0);
    default:
      return 0;
  }
}

int main(void) {
  CHECK(pipe(pipe_ends) == 0);
  const int calls = 7;
  for (int which = 0; which < calls; ++which) {
    for (int way = 0; way < 3; ++way) {
      const pid_t child = fork();
      CHECK(child >= 0);
      if (child == 0) {
        // A helper ends what waits for ever.
        const pid_t target = getpid();
        const pid_t helper = fork();
        if (helper == 0) {
          const struct timespec t = {0, 15000000};
          nanosleep(&t, NULL);
          kill(target, way == 2 ? SIGSTOP : SIGALRM);
          nanosleep(&t, NULL);
          if (way == 2) kill(target, SIGCONT);
          nanosleep(&t, NULL);
          CHECK(write(pipe_ends[1], "x", 1) == 1);
          _exit(0);
        }
        handle(SIGALRM, on_alarm, way == 0 ? SA_RESTART : 0);
        errno = 0;
        const int result = call(which);
        printf("call %d way %d: %d %s alarms %d\n", which, way, result, result < 0 ? strerrorname_np(errno) : "", alarms);
        fflush(stdout);
        while (wait(NULL) > 0) {}
        _exit(0);
      }
      CHECK(status_of(child) == 0);
      char bytes[16];
      const int flags = fcntl(pipe_ends[0], F_GETFL);
      fcntl(pipe_ends[0], F_SETFL, flags | O_NONBLOCK);
      while (read(pipe_ends[0], bytes, sizeof bytes) > 0) {}
      fcntl(pipe_ends[0], F_SETFL, flags);
    }
  }
  return 0;
}
