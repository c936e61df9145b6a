// SVE's registers: what system calls leave of them, what handlers find and give back, what a child
// has, other vector lengths, loads that do not fault. Without SVE there is nothing to do.
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <ucontext.h>

#include "check.h"

#define SVE ".arch_extension sve\n"

enum { kMostLength = 256 };

struct State {
  unsigned char vector[kMostLength];
  unsigned char predicate[kMostLength / 8];
  unsigned char first_fault[kMostLength / 8];
};

static int length_now(void) {
  uint64_t length;
  asm volatile(SVE "rdvl %0, #1" : "=r"(length));
  return (int)length;
}

// z31, p3 and FFR are filled, `call` is made (172 is getpid) or not, and what is there then is stored.
static void fill_and_store(int call, struct State* state) {
  register long number asm("x8") = call;
  register long result asm("x0") = 0;
  asm volatile(SVE
               "ptrue p3.h\n"
               "setffr\n"
               "mov z31.b, #9\n"
               "cbz x8, 1f\n"
               "svc #0\n"
               "1:\n"
               "str z31, [%2]\n"
               "str p3, [%3]\n"
               "rdffr p1.b\n"
               "str p1, [%4]\n"
               : "+r"(result)
               : "r"(number), "r"(state->vector), "r"(state->predicate), "r"(state->first_fault)
               : "memory", "v31", "p1", "p3");
}

static int sum_of(const void* bytes, int size) {
  int sum = 0;
  for (int i = 0; i < size; ++i) sum += ((const unsigned char*)bytes)[i];
  return sum;
}

static void show(const char* what, const struct State* state) {
  const int length = length_now();
  printf("%s: %d of %d, %d %d\n", what, sum_of(state->vector, length), length,
         sum_of(state->predicate, length / 8), sum_of(state->first_fault, length / 8));
  fflush(stdout);
}

static void calls(void) {
  struct State state;
  memset(&state, 0xee, sizeof state);
  fill_and_store(0, &state);
  CHECK(sum_of(state.vector, length_now()) == 9 * length_now());
  show("no call", &state);
  memset(&state, 0xee, sizeof state);
  fill_and_store(172, &state);
  show("call", &state);
}

// The record of the scalable registers in a signal's frame.
static struct sve_context* record_in(ucontext_t* user) {
  struct _aarch64_ctx* head = (struct _aarch64_ctx*)user->uc_mcontext.__reserved;
  for (;;) {
    if (head->magic == SVE_MAGIC) return (struct sve_context*)head;
    if (head->magic == EXTRA_MAGIC) {
      head = (struct _aarch64_ctx*)(uintptr_t)((struct extra_context*)head)->datap;
      continue;
    }
    CHECK(head->magic != 0 && head->size != 0);
    head = (struct _aarch64_ctx*)((char*)head + head->size);
  }
}

// At the instruction that traps all is in use. The handler spoils it, and changes what comes back.
static volatile int trapped;
static void on_trap(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info;
  ucontext_t* user = context;
  struct sve_context* record = record_in(user);
  ++trapped;
  struct State seen;
  asm volatile(SVE "str z31, [%0]\nstr p3, [%1]\nrdffr p1.b\nstr p1, [%2]\npfalse p3.b\nwrffr p3.b\n"
                   "mov z31.b, #3\nmov z5.b, #4"
               : : "r"(seen.vector), "r"(seen.predicate), "r"(seen.first_fault)
               : "memory", "v31", "v5", "p1", "p3");
  show("in the handler", &seen);
  if (record->head.size > sizeof *record) {
    const unsigned vq = record->vl / 16;
    unsigned char* bytes = (unsigned char*)record;
    CHECK(bytes[SVE_SIG_ZREG_OFFSET(vq, 31) + record->vl - 1] == 9);
    bytes[SVE_SIG_ZREG_OFFSET(vq, 31) + record->vl - 1] = 5;
    bytes[SVE_SIG_PREG_OFFSET(vq, 3)] = 0x11;
  }
  user->uc_mcontext.pc += 4;
}

static void traps(void) {
  handle(SIGILL, on_trap, 0);
  for (int i = 0; i < 3; ++i) {
    struct State state;
    asm volatile(SVE
                 "ptrue p3.h\nsetffr\nmov z31.b, #9\n"
                 "udf #0\n"
                 "str z31, [%0]\nstr p3, [%1]\nrdffr p1.b\nstr p1, [%2]\n"
                 : : "r"(state.vector), "r"(state.predicate), "r"(state.first_fault)
                 : "memory", "v31", "p1", "p3");
    show("behind the trap", &state);
  }
  CHECK(trapped == 3);
}

// Lanes are summed up while an alarm's handler spoils them now and then.
static volatile int alarms;
static void on_alarm(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info, (void)context;
  asm volatile(SVE "pfalse p0.b\npfalse p1.b\nmov z0.b, #1\nmov z1.b, #2\nmov z2.b, #3" : : :
               "v0", "v1", "v2", "p0", "p1");
  ++alarms;
}

static uint64_t sum_lanes(uint64_t rounds) {
  uint64_t sum;
  asm volatile(SVE
               "ptrue p0.d\n"
               "mov z0.d, #0\n"
               "index z1.d, #1, #3\n"
               "1: add z0.d, z0.d, z1.d\n"
               "add z1.d, z1.d, #1\n"
               "subs %1, %1, #1\n"
               "b.ne 1b\n"
               "uaddv d0, p0, z0.d\n"
               "fmov %0, d0\n"
               : "=r"(sum), "+r"(rounds) : : "v0", "v1", "p0", "cc");
  return sum;
}

static uint64_t expected_lanes(uint64_t rounds, uint64_t lanes) {
  uint64_t sum = 0;
  for (uint64_t lane = 0; lane < lanes; ++lane) {
    sum += rounds * (1 + 3 * lane) + rounds * (rounds - 1) / 2;
  }
  return sum;
}

static void alarmed_sums(void) {
  handle(SIGALRM, on_alarm, SA_RESTART);
  const struct itimerval often = {{0, 2000}, {0, 2000}};
  const struct itimerval never = {{0, 0}, {0, 0}};
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  for (int i = 0; i < 20 || alarms < 3; ++i) {
    CHECK(sum_lanes(100000) == expected_lanes(100000, (uint64_t)length_now() / 8));
    getppid();  // where nothing counts a signal comes here only
  }
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  printf("sum %lu\n", sum_lanes(1000));
}

static void children(void) {
  fflush(stdout);
  asm volatile(SVE "mov z9.b, #7\nptrue p5.b" : : : "v9", "p5");
  const pid_t child = fork();
  if (child == 0) {
    struct State state;
    fill_and_store(0, &state);
    show("child", &state);
    CHECK(sum_lanes(5) == expected_lanes(5, (uint64_t)length_now() / 8));
    _exit(7);
  }
  CHECK(WEXITSTATUS(status_of(child)) == 7);
}

// A page that cannot be read begins behind `some` bytes: those are loaded, FFR tells.
static void first_faults(void) {
  unsigned char* pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pages != MAP_FAILED && mprotect(pages + 4096, 4096, PROT_NONE) == 0);
  memset(pages, 1, 4096);
  for (int some = 1; some < 8; some += 3) {
    uint64_t valid;
    asm volatile(SVE "setffr\nptrue p0.b\nldff1b z0.b, p0/z, [%1, xzr]\nrdffr p1.b\ncntp %0, p0, p1.b"
                 : "=r"(valid) : "r"(pages + 4096 - some) : "v0", "p0", "p1", "memory");
    printf("%lu of %d\n", valid, some);
  }
}

static void lengths(char** argv) {
  const int usual = prctl(PR_SVE_GET_VL) & PR_SVE_VL_LEN_MASK;
  CHECK(usual == length_now());
  const int set = prctl(PR_SVE_SET_VL, 16);
  printf("length %d, %d, %d\n", usual, set, length_now());
  CHECK(set == 16 && length_now() == 16);
  calls();
  children();
  traps();
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(prctl(PR_SVE_SET_VL, usual) == usual);
    CHECK(prctl(PR_SVE_SET_VL, 16 | PR_SVE_SET_VL_ONEXEC) >= 0);
    CHECK(length_now() == usual);
    execl(argv[0], argv[0], "short", NULL);
    _exit(9);
  }
  CHECK(status_of(child) == 0);
}

int main(int argc, char** argv) {
  if ((getauxval(AT_HWCAP) & HWCAP_SVE) == 0) {
    printf("no SVE\n");
    return 0;
  }
  calls();
  if (argc > 1) {
    CHECK(length_now() == 16);
    return 0;
  }
  traps();
  trapped = 0;
  alarmed_sums();
  children();
  first_faults();
  lengths(argv);
  return 0;
}
