// Two threads hand over by spinning on a word, so that each must be preempted for the other to get
// on; then one reads a buffer that another's blocked read will fill.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int turn;
static char buffer[64];
static int ends[2];

static void* spin(void* argument) {
  const long me = (long)argument;
  for (int i = 0; i < 3; ++i) {
    while (atomic_load(&turn) != me) {
    }
    atomic_store(&turn, (int)(1 - me));
  }
  return NULL;
}

static void* blocked_reader(void* unused) {
  (void)unused;
  return (void*)(long)read(ends[0], buffer, sizeof buffer);
}

int main(void) {
  pthread_t threads[2];
  for (long i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, spin, (void*)i);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  puts("handed over");
  if (pipe(ends)) return 1;
  pthread_t reader;
  pthread_create(&reader, NULL, blocked_reader, NULL);
  usleep(10000);
  if (write(ends[1], "hello", 6) != 6) return 2;
  int looks = 0;
  volatile char* seen = buffer;
  while (looks < 2000 && *seen == 0) ++looks;
  printf("seen %d after %d looks\n", *seen, looks);
  pthread_join(reader, NULL);
  puts(buffer);
  return 0;
}
