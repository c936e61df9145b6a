// With the personality READ_IMPLIES_EXEC, what can be read can be executed.
#include <stdint.h>
#include <sys/mman.h>
#include <sys/personality.h>

#include "check.h"

static int call_code_in(int protection_later) {
  static const uint32_t kCode[] = {0x52800540, 0xd65f03c0};  // w0 = 42; ret
  const int first = PROT_WRITE | (protection_later ? 0 : PROT_READ);
  char* memory = mmap(NULL, 65536, first, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  memcpy(memory, kCode, sizeof kCode);
  if (protection_later) CHECK(mprotect(memory, 65536, PROT_READ) == 0);
  __builtin___clear_cache(memory, memory + sizeof kCode);
  return ((int (*)(void))memory)();
}

static void call_plainly(void) { call_code_in(0); }

int main(void) {
  CHECK(signal_that_ends(call_plainly) == SIGSEGV);
  const int before = personality(0xffffffff);
  CHECK(personality((unsigned)before | READ_IMPLIES_EXEC) == before);
  printf("%d %d\n", call_code_in(0), call_code_in(1));
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(call_code_in(1));
  CHECK(status_of(child) == 42 << 8);
  CHECK(personality((unsigned)before) == (before | READ_IMPLIES_EXEC));
  CHECK(signal_that_ends(call_plainly) == SIGSEGV);
  return 0;
}
