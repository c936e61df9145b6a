// What a self-checking program needs: it ends with 1 and says where as soon as something is not so.
#pragma once
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(what)                                                                        \
  do {                                                                                     \
    if (!(what)) {                                                                         \
      fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #what, errno); \
      _exit(1);                                                                            \
    }                                                                                      \
  } while (0)

// So that a thread which makes calls without end makes few, each of which is an event.
static inline void compute_a_little(void) {
  for (volatile int i = 0; i < 10000; ++i) {
  }
}

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

static inline void set_mask(int how, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  CHECK(sigprocmask(how, &set, NULL) == 0);
}

// The signal that ends a child in which it runs; 0 if it comes back.
static inline int signal_that_ends(void (*body)(void)) {
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    body();
    _exit(0);
  }
  return status_of(child) & 0x7f;
}
