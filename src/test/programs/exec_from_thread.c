// exec by a thread that is not the leader, while others sit in calls and in loops: the caller takes over the leader's
// number. Done four times, with the leader waiting, spinning, gone, and sleeping.
#include "check.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

static int round_number;
static pid_t leader;
static char* program;

static void* sit(void* argument) {
  for (;;) pause();
  return argument;
}
static void* execute(void* argument) {
  (void)argument;
  CHECK(syscall(SYS_gettid) != leader);
  char number[16], pid[16];
  snprintf(number, sizeof number, "%d", round_number + 1);
  snprintf(pid, sizeof pid, "%d", (int)leader);
  execl(program, program, number, pid, NULL);
  CHECK(!"execl came back");
  return NULL;
}

int main(int argc, char** argv) {
  program = argv[0];
  leader = getpid();
  CHECK(syscall(SYS_gettid) == leader);
  if (argc > 1) {
    round_number = atoi(argv[1]);
    CHECK(atoi(argv[2]) == leader);  // the process is the same
  }
  printf("round %d\n", round_number);
  fflush(stdout);
  if (round_number == 4) return 0;
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i) CHECK(pthread_create(&threads[i], NULL, sit, NULL) == 0);
  CHECK(pthread_create(&threads[0], NULL, execute, NULL) == 0);
  if (round_number == 0) pthread_join(threads[0], NULL);
  if (round_number == 1) for (;;) sched_yield();
  if (round_number == 2) pthread_exit(NULL);
  const struct timespec long_time = {100, 0};
  nanosleep(&long_time, NULL);
  return 1;
}
