// Memory that is written and read in every way a watchpoint can meet: by each size, by vectors, by
// atomics, by a system call, by a second thread, in a child process.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
  uint64_t guard_before;
  uint8_t byte;
  uint16_t half;
  uint32_t word;
  uint64_t wide;
  char text[48];
  uint64_t guard_behind;
} cells __attribute__((aligned(64)));

static volatile uint32_t table[4096];
static volatile uint64_t sink;

__attribute__((noinline)) static void write_each(unsigned value) {
  cells.byte = (uint8_t)value;
  cells.half = (uint16_t)value;
  cells.word = value;
  cells.wide = value;
}

__attribute__((noinline)) static void write_the_same(void) {
  *(volatile uint32_t*)&cells.word = *(volatile uint32_t*)&cells.word;
}

__attribute__((noinline)) static void read_word(void) { sink = *(volatile uint32_t*)&cells.word; }

__attribute__((noinline)) static void copy_text(const char* text) {
  memcpy(cells.text, text, sizeof cells.text);
}

__attribute__((noinline)) static void add_atomically(void) {
  __atomic_fetch_add(&cells.word, 5, __ATOMIC_SEQ_CST);
}

static void read_from_pipe(void) {
  int ends[2];
  if (pipe(ends) != 0 || write(ends[1], "from the kernel", 15) != 15) _exit(2);
  if (read(ends[0], cells.text, 15) != 15) _exit(3);
  close(ends[0]);
  close(ends[1]);
}

static void* in_thread(void* unused) {
  (void)unused;
  cells.wide = 1000;
  return NULL;
}

static void in_child(void) {
  const pid_t child = fork();
  if (child == 0) {
    cells.word = 4242;
    _exit(cells.word == 4242 ? 0 : 1);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) _exit(4);
}

int main(void) {
  write_each(7);
  write_the_same();
  read_word();
  copy_text("a text of forty-eight bytes, which vectors copy.");
  add_atomically();
  read_from_pipe();
  pthread_t thread;
  if (pthread_create(&thread, NULL, in_thread, NULL) != 0) return 5;
  pthread_join(thread, NULL);
  in_child();
  for (unsigned i = 0; i < 4096; i += 1024) table[i + 3] = i;
  table[2000] = 99;
  printf("%u %u %u %llu %.15s\n", cells.byte, cells.half, cells.word,
         (unsigned long long)cells.wide, cells.text);
  return cells.guard_before + cells.guard_behind == 0 && cells.word == 12 ? 0 : 1;
}
