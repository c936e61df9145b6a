// Turns SME on if it is told to, without asking whether there is any: by an instruction that lies in
// the file, or by one that is made and shown to nobody.
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "check.h"

static void made(void) {
  // Writable while it is executable: smstart; mov x1, x0; 1: subs x1, x1, 1; b.ne 1b; smstop; ret
  const uint32_t code[] = {0xd503477f, 0xaa0003e1, 0xf1000421, 0x54ffffe1, 0xd503467f, 0xd65f03c0};
  char* at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(at != MAP_FAILED);
  memcpy(at, code, sizeof code);
  __builtin___clear_cache(at, at + sizeof code);
  ((void (*)(uint64_t))(uintptr_t)at)(50000000);
}

static void on_alarm(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info, (void)context;
}

int main(int argc, char** argv) {
  printf("before\n");
  fflush(stdout);
  const char* way = argc > 1 ? argv[1] : "";
  if (strcmp(way, "file") == 0) asm volatile(".inst 0xd503457f\n.inst 0xd503447f");  // smstart za
  if (strcmp(way, "made") == 0) {
    handle(SIGALRM, on_alarm, 0);
    const struct itimerval soon = {{0, 10000}, {0, 10000}};
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    made();
  }
  printf("behind\n");
  return 0;
}
