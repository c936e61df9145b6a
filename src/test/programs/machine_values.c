// Instructions whose results the machine decides: the timer's registers, random numbers, ID
// registers. And words of data that only look like them, which must stay what they are.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t illegal;

static void on_illegal(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  illegal = 1;
  // struct ucontext: pc lies behind the signal mask, fault address, x0 to x30 and sp.
  uint64_t* pc = (uint64_t*)((char*)context + 176 + 8 + 31 * 8 + 8);
  *pc += 4;
}

// In read-only data, which old linkers put into the executable segment.
static const uint32_t in_data[4] = {0xd53be040, 0xd53b2400, 0xd5380000, 0xd53be000};

// A literal pool in the middle of code.
static uint64_t literals(void) {
  uint64_t a, b;
  asm("ldr %0, 1f\n\tldr %w1, 2f\n\tb 3f\n\t.balign 8\n1:\t.word 0xd53be040, 0xd53be041\n"
      "2:\t.word 0xd5380002\n3:"
      : "=r"(a), "=r"(b));
  return a ^ b;
}

static uint64_t counter(void) {
  uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
}

static uint64_t frequency(void) {
  uint64_t value;
  asm volatile("mrs %0, cntfrq_el0" : "=r"(value));
  return value;
}

static uint64_t identity(void) {
  uint64_t value;
  asm volatile("mrs %0, midr_el1" : "=r"(value));
  return value;
}

static uint64_t random_number(int* ok) {
  uint64_t value;
  asm volatile("mrs %0, s3_3_c2_c4_0\n\tcset %w1, ne" : "=r"(value), "=r"(*ok) : : "cc");
  return value;
}

// Code that the program makes while it runs.
static uint64_t made(void) {
  uint32_t* code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) exit(2);
  code[0] = 0xd53be040;  // mrs x0, cntvct_el0
  code[1] = 0xd65f03c0;  // ret
  if (mprotect(code, 4096, PROT_READ | PROT_EXEC) != 0) exit(2);
  __builtin___clear_cache((char*)code, (char*)(code + 2));
  const uint64_t value = ((uint64_t(*)(void))code)();
  // The same page again, with other code.
  if (mprotect(code, 4096, PROT_READ | PROT_WRITE) != 0) exit(2);
  code[0] = 0xd2800540;  // mov x0, #42
  if (mprotect(code, 4096, PROT_READ | PROT_EXEC) != 0) exit(2);
  __builtin___clear_cache((char*)code, (char*)(code + 2));
  if (((uint64_t(*)(void))code)() != 42) exit(3);
  munmap(code, 4096);
  return value;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_illegal;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, NULL);
  const uint64_t first = counter();
  const uint64_t then = counter();
  if (then < first || frequency() == 0) return 1;
  if (made() < then) return 4;
  int ok = 0;
  const uint64_t drawn = random_number(&ok);
  if (illegal) {
    printf("no random numbers\n");
  } else {
    printf("random %d %llx\n", ok, (unsigned long long)drawn);
  }
  illegal = 0;
  printf("counter %llu made %llu midr %llx\n", (unsigned long long)first,
         (unsigned long long)made(), (unsigned long long)identity());
  uint64_t sum = 0;
  for (int i = 0; i < 4; ++i) sum = sum * 31 + *(volatile const uint32_t*)&in_data[i];
  printf("data %llx literals %llx\n", (unsigned long long)sum, (unsigned long long)literals());
  if (literals() != (0xd53be041d53be040 ^ 0xd5380002)) return 5;
  if (sum != ((0xd53be040ull * 31 + 0xd53b2400) * 31 + 0xd5380000) * 31 + 0xd53be000) return 6;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(counter() < then);
  int status = -1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 7;
}
