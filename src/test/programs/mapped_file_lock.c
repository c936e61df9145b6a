// A lock in a file that is mapped shared and ends within its page, as sem_open makes it: the first
// write of the page faults, and without LSE that is a store-exclusive, which then fails once.
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>

#include "check.h"

int main(void) {
  sem_t* semaphore = sem_open("/rr-mapped-lock", O_CREAT | O_EXCL, 0600, 1);
  CHECK(semaphore != SEM_FAILED);
  CHECK(sem_unlink("/rr-mapped-lock") == 0);
  CHECK(sem_trywait(semaphore) == 0);
  getppid();
  CHECK(sem_post(semaphore) == 0);

  char path[] = "/tmp/rr-lock-XXXXXX";
  const int fd = mkstemp(path);
  CHECK(fd >= 0 && unlink(path) == 0 && ftruncate(fd, 5000) == 0);
  // A hole, then the page that the file ends in; a child has left something behind the end.
  if (fork() == 0) {
    char* memory = mmap(NULL, 5000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(memory != MAP_FAILED);
    memory[5000] = 'x';
    _exit(0);
  }
  CHECK(wait(NULL) > 0);
  char* memory = mmap(NULL, 5000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(memory != MAP_FAILED && close(fd) == 0);
  int* words[] = {(int*)memory, (int*)(memory + 4096)};
  for (int i = 0; i < 2; ++i) {
    int none = 0;
    CHECK(__atomic_compare_exchange_n(words[i], &none, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    getppid();
    CHECK(__atomic_add_fetch(words[i], 1, __ATOMIC_SEQ_CST) == 2);
    getppid();
  }
  printf("locked, behind the end %c\n", memory[5000]);
  return 0;
}
