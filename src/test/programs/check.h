// What a self-checking program needs: it ends with 1 and says where as soon as something is not so.
#pragma once
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(what)                                                                        \
  do {                                                                                     \
    if (!(what)) {                                                                         \
      fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #what, errno); \
      _exit(1);                                                                            \
    }                                                                                      \
  } while (0)

// Waits for a child: its status.
static inline int status_of(pid_t child) {
  int status = -1;
  while (waitpid(child, &status, 0) < 0) CHECK(errno == EINTR);
  return status;
}

static inline void handle(int signal, void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction act;
  memset(&act, 0, sizeof act);
  act.sa_sigaction = handler;
  act.sa_flags = SA_SIGINFO | flags;
  CHECK(sigaction(signal, &act, NULL) == 0);
}
