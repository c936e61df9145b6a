// Random sequences of what changes processes and their memory: fork, exec and threads; mappings
// made, moved, protected, emptied and touched, files under them that grow and shrink; signals sent,
// caught, blocked and deadly. process_sequences [FIRST_SEED COUNT [STEPS]]. Each process tells a
// hash of what came of its steps; processes and threads hurry or wait as they like, so that is
// another one each time.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kPages = 24, kPage = 4096, kChildren = 4, kDeepest = 3, kThreads = 2, kFilePages = 8 };

// What one thread does its steps with.
struct actor {
  uint64_t random, hash;
  int steps, depth, threads;
  char* area;  // kPages that are its own to map over
  pid_t children[kChildren];
  pthread_t started[kThreads];
};

static int file_of_all = -1;  // mapped by all processes
static int pipes[2];
static volatile uint64_t caught;
static __thread sigjmp_buf* volatile way_out;

static uint64_t next(uint64_t* state) {
  *state += 0x9e3779b97f4a7c15;
  uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
static uint64_t below(struct actor* a, uint64_t limit) { return next(&a->random) % limit; }

static void mix(struct actor* a, uint64_t value) { a->hash = (a->hash ^ value) * 1099511628211u; }
static void note(struct actor* a, long result) {
  mix(a, (uint64_t)result);
  if (result == -1) mix(a, (uint64_t)errno);
}

static void on_signal(int signal, siginfo_t* info, void* context) {
  (void)context;
  caught = caught * 31 + (uint64_t)signal + (uint64_t)(uint32_t)info->si_code;
}
static void on_fault(int signal) {
  caught = caught * 37 + (uint64_t)signal;
  if (way_out != NULL) siglongjmp(*way_out, 1);
  _exit(99);
}
static void set_handler(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_flags = flags};
  action.sa_handler = handler;
  sigaction(signal, &action, NULL);
}

static char* some_page(struct actor* a) { return a->area + below(a, kPages) * kPage; }
static size_t some_length(struct actor* a, const char* from) {
  const size_t room = (size_t)(a->area + kPages * kPage - from);
  const size_t length = (1 + below(a, 5)) * kPage - below(a, 2) * below(a, 300);
  return length < room ? length : room;
}

// Memory.

static void map(struct actor* a) {
  static const int kProtections[] = {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ,
                                     PROT_NONE};
  char* at = some_page(a);
  const uint64_t kind = below(a, 4);
  const int flags = (kind % 2 == 0 ? MAP_PRIVATE : MAP_SHARED) | (kind < 2 ? MAP_ANONYMOUS : 0) |
                    (below(a, 4) == 0 ? MAP_POPULATE : 0);
  const void* made = mmap(at, some_length(a, at), kProtections[below(a, 4)], flags | MAP_FIXED,
                          kind < 2 ? -1 : file_of_all, (off_t)(below(a, kFilePages) * kPage));
  note(a, made == MAP_FAILED ? -1 : (const char*)made - at);
}
static void map_anywhere(struct actor* a) {
  char* at = mmap(NULL, (1 + below(a, 3)) * kPage, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return;
  at[5] = (char)below(a, 100);
  if (below(a, 2) == 0) note(a, munmap(at, kPage));
}
// Where nothing is: no thread's stack must come to lie there, to be mapped over later.
static void fill_holes(const char* from, size_t length) {
  for (size_t i = 0; i < length; i += kPage)
    mmap((void*)(from + i), kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
         0);
}
static void unmap(struct actor* a) {
  char* at = some_page(a);
  const size_t length = some_length(a, at);
  note(a, munmap(at, length));
  if (a->threads > 0) fill_holes(at, length);
}
static void move(struct actor* a) {
  char* from = some_page(a);
  char* to = some_page(a);
  size_t old_length = some_length(a, from);
  const size_t new_length = some_length(a, to);
  int flags = below(a, 3) == 0 ? 0 : MREMAP_MAYMOVE | MREMAP_FIXED;
  if (flags != 0 && old_length >= new_length && below(a, 4) == 0) {
    flags |= 4;  // MREMAP_DONTUNMAP: as long as before
    old_length = new_length;
  }
  const void* at = mremap(from, old_length, new_length, flags, to);
  note(a, at == MAP_FAILED ? -1 : (const char*)at - a->area);
  if (a->threads > 0) fill_holes(from, old_length);
}
static void protect(struct actor* a) {
  static const int kProtections[] = {PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
                                     PROT_READ | PROT_EXEC};
  char* at = some_page(a);
  note(a, mprotect(at, some_length(a, at), kProtections[below(a, 4)]));
}
static void advise(struct actor* a) {
  static const int kAdvice[] = {MADV_DONTNEED,
                                MADV_DONTNEED,
                                MADV_WILLNEED,
                                MADV_REMOVE,
                                MADV_DONTFORK,
                                MADV_DOFORK,
                                MADV_WIPEONFORK,
                                MADV_KEEPONFORK,
                                20 /* COLD */,
                                21 /* PAGEOUT */,
                                22 /* POPULATE_READ */,
                                23 /* POPULATE_WRITE */,
                                24 /* DONTNEED_LOCKED */,
                                MADV_MERGEABLE,
                                77};
  char* at = some_page(a);
  note(a, madvise(at, some_length(a, at), kAdvice[below(a, sizeof kAdvice / sizeof *kAdvice)]));
}
static void lock(struct actor* a) {
  char* at = some_page(a);
  const size_t length = some_length(a, at);
  note(a, below(a, 2) == 0 ? mlock(at, length) : munlock(at, length));
  note(a, msync(at, length, below(a, 2) == 0 ? MS_SYNC : MS_ASYNC));
}
static void grow_heap(struct actor* a) {
  const long by = ((long)below(a, 9) - 4) * kPage;
  // Only up: libc's own memory lies there, too.
  char* end = by > 0 ? sbrk(by) : sbrk(0);
  if (by > 0 && end != (void*)-1) end[3] = 7;
}
static void resize_file(struct actor* a) {
  note(a, ftruncate(file_of_all,
                    (off_t)(below(a, kFilePages + 1) * kPage + below(a, 2) * below(a, 99))));
}
static void write_file(struct actor* a) {
  const uint64_t word = next(&a->random);
  note(a, pwrite(file_of_all, &word, sizeof word, (off_t)below(a, kFilePages * kPage)));
}
static void touch(struct actor* a) {
  sigjmp_buf here;
  volatile uint64_t* at = (volatile uint64_t*)(some_page(a) + below(a, kPage / 8) * 8);
  const uint64_t how = below(a, 3), value = next(&a->random);
  if (sigsetjmp(here, 1) == 0) {
    way_out = &here;
    if (how != 0) *at = value;
    mix(a, *at);
  } else {
    mix(a, 0xfa17);
  }
  way_out = NULL;
}
// By a call, which fails where a touch would fault.
static void pass(struct actor* a) {
  char* at = some_page(a);
  if (below(a, 2) == 0) {
    note(a, write(pipes[1], at, 100 + below(a, 2 * kPage)));
  } else {
    note(a, read(pipes[0], at + below(a, 3) * (kPage - 10), 1 + below(a, 300)));
  }
}

// Processes.

static void act(struct actor* a);

static void finish(struct actor* a) {
  char line[80];
  mix(a, caught);
  const int length =
      snprintf(line, sizeof line, "  depth %d: %016llx\n", a->depth, (unsigned long long)a->hash);
  if (write(1, line, (size_t)length) != length) _exit(98);
}
static void wait_for(struct actor* a, int which, int options) {
  if (a->children[which] == 0) return;
  int status = 0;
  struct rusage usage;
  const pid_t got = wait4(a->children[which], &status, options, &usage);
  note(a, got);
  mix(a, (uint64_t)status);
  // None any more: one that nobody wanted to hear of (SIGCHLD ignored).
  const int is_gone = got == -1 && errno == ECHILD;
  const int has_ended = got > 0 && (WIFEXITED(status) || WIFSIGNALED(status));
  if (is_gone || has_ended) a->children[which] = 0;
}
static void wait_some(struct actor* a) {
  wait_for(a, (int)below(a, kChildren), WNOHANG | (below(a, 2) == 0 ? WUNTRACED | WCONTINUED : 0));
}
static int free_place(const struct actor* a) {
  for (int i = 0; i < kChildren; ++i) {
    if (a->children[i] == 0) return i;
  }
  return -1;
}
static void execute_self(struct actor* a, const char* seed) {
  char depth[12], steps[12];
  snprintf(depth, sizeof depth, "%d", a->depth + 1);
  snprintf(steps, sizeof steps, "%d", a->steps / 2);
  char file[12], in[12], out[12];
  snprintf(file, sizeof file, "%d", file_of_all);
  snprintf(in, sizeof in, "%d", pipes[0]);
  snprintf(out, sizeof out, "%d", pipes[1]);
  execl("/proc/self/exe", "process_sequences", "-", seed, steps, depth, file, in, out, NULL);
}
static void make_process(struct actor* a) {
  const int place = free_place(a);
  if (a->depth >= kDeepest || place < 0) return;
  const uint64_t seed = next(&a->random), kind = below(a, 4);
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
  const pid_t child = kind == 0 ? vfork() : fork();
  if (child == 0) {
    if (kind == 0) {
      execute_self(a, text);
      _exit(97);
    }
    if (kind == 1) execute_self(a, text);
    struct actor inner = {.random = seed,
                          .hash = a->hash,
                          .steps = a->steps / 2,
                          .depth = a->depth + 1,
                          .area = a->area};
    act(&inner);
    finish(&inner);
    _exit((int)(inner.hash % 100));
  }
  note(a, child);
  if (child > 0) a->children[place] = child;
}
static void let_go_on(struct actor* a) {
  for (int i = 0; i < kChildren; ++i) {
    if (a->children[i] != 0) kill(a->children[i], SIGCONT);
  }
}
// The other threads end, and the children are nobody's concern any more.
static void become_another(struct actor* a) {
  if (a->depth == 0 || a->depth >= kDeepest || below(a, 3) != 0) return;
  let_go_on(a);
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)a->hash);
  execute_self(a, text);
}
static void* start(void* actor) {
  act(actor);
  return NULL;
}
static void make_thread(struct actor* a) {
  if (a->threads >= kThreads) return;
  struct actor* other = calloc(1, sizeof *other);
  char* area =
      mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *other = (struct actor){
      .random = next(&a->random), .steps = a->steps / 2, .depth = a->depth, .threads = kThreads};
  fill_holes(a->area, kPages * kPage);
  // Now and then both map over the same.
  other->area = below(a, 3) == 0 ? a->area : area;
  if (pthread_create(&a->started[a->threads], NULL, start, other) == 0) a->threads++;
}

// Signals.

static int some_signal(struct actor* a) {
  static const int kSignals[] = {SIGUSR1, SIGUSR1, SIGUSR2, SIGCHLD, SIGWINCH,
                                 SIGURG,  SIGCONT, 34,      40};
  return kSignals[below(a, sizeof kSignals / sizeof *kSignals)];
}
static void handle(struct actor* a) {
  static const int kFlags[] = {0, SA_RESTART, SA_NODEFER, SA_RESETHAND, SA_RESTART | SA_ONSTACK};
  struct sigaction action = {.sa_flags = SA_SIGINFO | kFlags[below(a, 5)]};
  action.sa_sigaction = on_signal;
  if (below(a, 2) == 0) sigaddset(&action.sa_mask, SIGUSR1);
  const int signal = some_signal(a);
  if (below(a, 4) == 0) action = (struct sigaction){.sa_handler = SIG_IGN};
  struct sigaction old;
  note(a, sigaction(signal, &action, &old));
  mix(a, (uint64_t)old.sa_flags);
}
static void send(struct actor* a) {
  const pid_t child = a->children[below(a, kChildren)];
  const int signal = some_signal(a);
  switch (below(a, 8)) {
    case 0:
      if (child > 0) note(a, kill(child, SIGKILL));
      return;
    case 1:
      if (child > 0) note(a, kill(child, SIGSTOP));
      if (below(a, 2) == 0) wait_some(a);
      return;
    case 2:
      if (child > 0) note(a, kill(child, SIGCONT));
      return;
    case 3:
      if (child > 0) note(a, kill(child, below(a, 2) == 0 ? SIGTERM : signal));
      return;
    case 4:
      note(a, sigqueue(getpid(), signal, (union sigval){.sival_int = 7}));
      return;
    case 5:
      note(a, tgkill(getpid(), gettid(), signal));
      return;
    case 6:
      // What it interrupts may be the step of another thread.
      note(a, setitimer(ITIMER_REAL,
                        &(struct itimerval){{0, 0}, {0, (suseconds_t)(1 + below(a, 900))}}, NULL));
      return;
    default:
      note(a, kill(getpid(), signal));
  }
}
static void mask(struct actor* a) {
  sigset_t set, old;
  sigemptyset(&set);
  for (int i = 0; i < 3; ++i) sigaddset(&set, some_signal(a));
  note(a, pthread_sigmask((int)below(a, 3), &set, &old));
  mix(a, old.__val[0]);
  sigpending(&old);
  mix(a, old.__val[0]);
}
static void take(struct actor* a) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < 3; ++i) sigaddset(&set, some_signal(a));
  siginfo_t info;
  memset(&info, 0, sizeof info);
  note(a, sigtimedwait(&set, &info, &(struct timespec){0, (long)below(a, 50000)}));
  mix(a, (uint64_t)info.si_code);
}
static void rest(struct actor* a) {
  struct timespec left = {0, 0};
  note(a, nanosleep(&(struct timespec){0, (long)below(a, 300000)}, &left));
  mix(a, (uint64_t)left.tv_nsec);
}
static void yield(struct actor* a) { note(a, sched_yield()); }

static void act(struct actor* a) {
  static void (*const kSteps[])(struct actor*) = {
      map,       map,    map_anywhere, unmap,       move,       protect,      protect,
      advise,    advise, advise,       lock,        pass,       pass,         grow_heap,
      touch,     touch,  touch,        touch,       touch,      mask,         take,
      rest,      send,   send,         send,        yield,      make_process, make_process,
      wait_some, handle, handle,       resize_file, write_file, make_thread,  become_another};
  for (int i = 0; i < a->steps; ++i) kSteps[below(a, sizeof kSteps / sizeof *kSteps)](a);
  for (int i = 0; i < kThreads; ++i) {
    if (a->started[i] != 0) pthread_join(a->started[i], NULL);
  }
  let_go_on(a);
  for (int i = 0; i < kChildren; ++i) {
    while (a->children[i] != 0) wait_for(a, i, 0);
  }
}

static void prepare(void) {
  set_handler(SIGSEGV, on_fault, SA_NODEFER);
  set_handler(SIGBUS, on_fault, SA_NODEFER);
  // The timer must not kill: what it interrupts is the point.
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = on_signal;
  const int caught_ones[] = {SIGALRM, SIGUSR1, SIGUSR2, 34, 40};
  for (size_t i = 0; i < sizeof caught_ones / sizeof *caught_ones; ++i)
    sigaction(caught_ones[i], &action, NULL);
}

static int run(uint64_t seed, int steps, int depth) {
  prepare();
  struct actor first = {
      .random = seed * 0x2545f4914f6cdd1d + 1, .hash = seed, .steps = steps, .depth = depth};
  first.area =
      mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  act(&first);
  finish(&first);
  return (int)(first.hash % 100);
}

static void make_files(void) {
  file_of_all = open(".", O_TMPFILE | O_RDWR, 0600);
  if (file_of_all < 0 || ftruncate(file_of_all, kFilePages * kPage) != 0) _exit(96);
  if (pipe2(pipes, O_NONBLOCK) != 0) _exit(95);
}

int main(int argc, char** argv) {
  if (argc == 8 && strcmp(argv[1], "-") == 0) {
    file_of_all = atoi(argv[5]);
    pipes[0] = atoi(argv[6]);
    pipes[1] = atoi(argv[7]);
    return run(strtoull(argv[2], NULL, 0), atoi(argv[3]), atoi(argv[4]));
  }
  const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
  const int count = argc > 2 ? atoi(argv[2]) : 4;
  const int steps = argc > 3 ? atoi(argv[3]) : 30;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      make_files();
      _exit(run(first + (uint64_t)i, steps, 0));
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("seed %llu ended with %x\n", (unsigned long long)(first + (uint64_t)i), status);
    fflush(stdout);
  }
  return 0;
}
