// Pointer authentication: keys that exec, a thread of control, fork and prctl make; the signatures
// they give come out of a recording. Prints "no keys" on a CPU without.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kResetKeys = 54, kSetEnabledKeys = 60, kGetEnabledKeys = 61 };
enum { kKeyA = 1, kKeyB = 2, kDataA = 4, kDataB = 8, kGeneric = 16 };

__attribute__((target("branch-protection=none"))) static uint64_t sign(uint64_t value) {
  uint64_t a = value, b = value, generic;
  asm volatile(
      ".arch_extension pauth\n\t"
      "pacia %0, %3\n\tpacib %1, %3\n\tpacga %2, %3, %3"
      : "+r"(a), "+r"(b), "=r"(generic)
      : "r"(value ^ 0x1234567));
  return a ^ (b >> 3) ^ generic;
}

__attribute__((target("branch-protection=none"))) int main(void) {
  if ((getauxval(AT_HWCAP) >> 30 & 1) == 0) {
    printf("no keys\n");
    return 0;
  }
  const uint64_t first = sign(0x12345670);
  printf("%016llx\n", (unsigned long long)first);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (sign(0x12345670) != first) _exit(1);
    if (prctl(kResetKeys, kKeyA | kKeyB | kGeneric, 0, 0, 0) != 0) _exit(2);
    printf("child %016llx\n", (unsigned long long)sign(0x12345670));
    fflush(stdout);
    _exit(sign(0x12345670) == first ? 3 : 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  if (status != 0 || sign(0x12345670) != first) return 1;
  if (prctl(kResetKeys, kGeneric, 0, 0, 0) != 0) return 2;
  const uint64_t second = sign(0x12345670);
  if (prctl(kResetKeys, 0, 0, 0, 0) != 0) return 3;  // all
  const uint64_t third = sign(0x12345670);
  printf("%016llx %016llx\n", (unsigned long long)second, (unsigned long long)third);
  if (second == first || third == second) return 4;
  if (prctl(kResetKeys, 1 << 20, 0, 0, 0) != -1 || errno != EINVAL) return 5;
  const int enabled = prctl(kGetEnabledKeys, 0, 0, 0, 0);
  if (prctl(kSetEnabledKeys, kKeyB, 0, 0, 0) != 0) return 6;
  printf("enabled %x, then %x\n", enabled, prctl(kGetEnabledKeys, 0, 0, 0, 0));
  printf("%016llx\n", (unsigned long long)sign(0x12345670));
  return 0;
}
