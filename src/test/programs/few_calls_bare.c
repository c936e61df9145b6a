// A program of a few kilobytes, without a C library, that makes calls of many kinds: paths, buffers,
// structures, a child. Recordings of it are kept in src/test/traces.
typedef unsigned long word;

static long call(long number, word a, word b, word c, word d, word e) {
  register word x8 __asm__("x8") = (word)number;
  register word x0 __asm__("x0") = a;
  register word x1 __asm__("x1") = b;
  register word x2 __asm__("x2") = c;
  register word x3 __asm__("x3") = d;
  register word x4 __asm__("x4") = e;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return (long)x0;
}

enum {
  kGetcwd = 17,
  kOpenat = 56,
  kClose = 57,
  kPipe2 = 59,
  kRead = 63,
  kWrite = 64,
  kFstat = 80,
  kExit = 94,
  kClock = 113,
  kClone = 220,
  kWait = 260,
  kRandom = 278
};

static word hex(char* out, word value) {
  for (int i = 0; i < 16; ++i) out[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
  return 16;
}

static void print(const char* text, word size) { call(kWrite, 1, (word)text, size, 0, 0); }

__attribute__((noreturn)) static void leave(word code) {
  for (;;) call(kExit, code, 0, 0, 0, 0);
}

void run(void) {
  static char buffer[256];
  static word random, time[2];
  static int ends[2], status;
  const word here = (word)-100;
  call(kOpenat, here, (word) "/absent/file", 0, 0, 0);
  const long zero = call(kOpenat, here, (word) "/dev/zero", 0, 0, 0);
  call(kFstat, (word)zero, (word)buffer, 0, 0, 0);
  call(kRead, (word)zero, (word)buffer, 64, 0, 0);
  call(kClose, (word)zero, 0, 0, 0, 0);
  call(kRandom, (word)&random, sizeof random, 0, 0, 0);
  call(kClock, 0, (word)time, 0, 0, 0);
  call(kGetcwd, (word)buffer, sizeof buffer, 0, 0, 0);
  call(kPipe2, (word)ends, 0, 0, 0, 0);
  const long child = call(kClone, 17, 0, 0, 0, 0);
  if (child == 0) {
    call(kWrite, (word)ends[1], (word) "a message of more than thirty-two bytes", 39, 0, 0);
    leave(3);
  }
  call(kRead, (word)ends[0], (word)buffer, 39, 0, 0);
  call(kWait, (word)child, (word)&status, 0, 0, 0);
  print(buffer, 39);
  buffer[0] = '\n';
  word size = 1 + hex(buffer + 1, random);
  buffer[size++] = '\n';
  print(buffer, size);
  leave(status == 3 << 8 ? 0 : 1);
}

__asm__(".globl _start\n_start: mov x29, xzr\n bl run\n");
