// System V shared memory: made, attached where the program or the kernel likes, shared by processes
// that attach it and by those that inherit it, kept until the last has gone.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUIRE(condition)                                          \
  do {                                                              \
    if (!(condition)) {                                             \
      printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno)); \
      exit(1);                                                      \
    }                                                               \
  } while (0)

static void* const kNone = (void*)-1;

static int in_child(int (*run)(int), int id) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(run(id));
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

static char* inherited;

static int writes_where_inherited(int id) {
  (void)id;
  strcpy(inherited + 100, "from the child");
  return strcmp(inherited, "from the parent") == 0 ? 0 : 1;
}

static int attaches_itself(int id) {
  char* own = shmat(id, NULL, 0);
  if (own == kNone || strcmp(own, "from the parent") != 0) return 1;
  strcpy(own + 5000, "attached anew");
  return shmdt(own);
}

static int reads_only(int id) {
  const char* own = shmat(id, NULL, SHM_RDONLY);
  return own != kNone && strcmp(own + 5000, "attached anew") == 0 ? 0 : 1;
}

int main(void) {
  const int id = shmget(IPC_PRIVATE, 10000, IPC_CREAT | 0600);
  REQUIRE(id >= 0);
  char* memory = shmat(id, NULL, 0);
  REQUIRE(memory != kNone && memory[0] == 0);
  strcpy(memory, "from the parent");
  inherited = memory;
  REQUIRE(in_child(writes_where_inherited, id) == 0);
  printf("%s\n", memory + 100);
  REQUIRE(in_child(attaches_itself, id) == 0);
  printf("%s\n", memory + 5000);
  REQUIRE(in_child(reads_only, id) == 0);

  // Twice in one process, at an address of its choice.
  char* place = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(place != MAP_FAILED);
  REQUIRE(shmat(id, place, 0) == kNone && errno == EINVAL);
  REQUIRE(shmat(id, place, SHM_REMAP) == (void*)place);
  strcpy(place + 200, "seen twice");
  printf("%s\n", memory + 200);
  REQUIRE(shmdt(place) == 0);
  REQUIRE(shmdt(place) == -1 && errno == EINVAL);

  // A hole in an attachment, then all of it goes.
  char* broken = shmat(id, NULL, 0);
  REQUIRE(broken != kNone);
  REQUIRE(munmap(broken + 4096, 4096) == 0);
  REQUIRE(strcmp(broken, "from the parent") == 0);
  char* filler = mmap(broken + 4096, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  REQUIRE(filler == broken + 4096);
  strcpy(filler, "not of the segment");
  REQUIRE(shmdt(broken) == 0);
  printf("%s\n", filler);

  struct shmid_ds status;
  REQUIRE(shmctl(id, IPC_STAT, &status) == 0);
  printf("%zu bytes, attached %d\n", status.shm_segsz, (int)status.shm_nattch);
  REQUIRE(shmctl(id, IPC_RMID, NULL) == 0);
  REQUIRE(strcmp(memory, "from the parent") == 0);
  strcpy(memory, "still there");
  printf("%s\n", memory);
  REQUIRE(in_child(writes_where_inherited, id) != 0);
  printf("%s\n", memory + 100);
  REQUIRE(shmdt(memory) == 0);
  REQUIRE(shmat(id, NULL, 0) == kNone);

  // One that another process has made and filled before.
  const int second = shmget((key_t)getpid(), 8192, IPC_CREAT | IPC_EXCL | 0600);
  REQUIRE(second >= 0);
  REQUIRE(shmget((key_t)getpid(), 8192, 0600) == second);
  inherited = shmat(second, NULL, 0);
  REQUIRE(inherited != kNone);
  strcpy(inherited, "from the parent");
  REQUIRE(in_child(attaches_itself, second) == 0);
  printf("%s\n", inherited + 5000);
  char* moved = mremap(inherited, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  REQUIRE(moved == place);
  REQUIRE(in_child(attaches_itself, second) == 0);
  printf("%s\n", moved);
  REQUIRE(shmctl(second, IPC_RMID, NULL) == 0);
  return 0;
}
