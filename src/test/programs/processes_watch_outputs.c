// A process with one thread sits in a call that blocks and writes into memory that it shares with another, which lets the call's
// end come and looks at once. How long it looks until something is there is an argument of its next system call.
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 64 * 1024, ROUNDS = 3 };

static char *shared;  // the one that the way is about
static int ends[2];

static long call_read(void) { return read(ends[0], shared, 100); }
static long call_recv(void) { return recv(ends[0], shared, SIZE, 0); }

// The child's child ends when it is told to.
static long call_wait(void) {
  const pid_t child = fork();
  char byte;
  if (child == 0) _exit(read(ends[0], &byte, 1) == 1 ? 7 : 1);
  return waitpid(child, (int *)shared, 0) == child;
}

static void look(void) {
  long looks = 0;
  volatile int *watched = (volatile int *)shared;
  while (*watched == 0 && looks < 200000) ++looks;
  lseek(-1, looks, SEEK_SET);
}

static void go(const char *name, long (*call)(void)) {
  int status = 0;
  for (int round = 0; round < ROUNDS; ++round) {
    memset(shared, 0, SIZE);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) _exit(2);
    const pid_t child = fork();
    if (child == 0) _exit((int)call());
    usleep(5000);
    if (write(ends[1], "seven..", 7) != 7) _exit(3);
    look();
    waitpid(child, &status, 0);
    close(ends[0]);
    close(ends[1]);
  }
  printf("%s: %d %x\n", name, WEXITSTATUS(status), *(int *)shared);
}

static void go_ways(const char *where) {
  puts(where);
  fflush(stdout);
  go("read", call_read);
  go("recv", call_recv);
  go("wait", call_wait);
  fflush(stdout);
}

static char *map(int fd) {
  const int flags = MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0);
  char *const at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (at == MAP_FAILED) _exit(4);
  return at;
}

int main(void) {
  shared = map(-1);
  go_ways("no file");
  FILE *file = tmpfile();
  if (file == NULL || ftruncate(fileno(file), SIZE) != 0) return 5;
  shared = map(fileno(file));
  go_ways("file");
  const int segment = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
  shared = shmat(segment, NULL, 0);
  shmctl(segment, IPC_RMID, NULL);
  go_ways("segment");
  return 0;
}
