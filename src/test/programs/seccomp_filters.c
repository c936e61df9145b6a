// A program's own seccomp filters: each action, in a child of its own where it is deadly; strict
// mode; all threads at once; filters that forbid what a recorder would like to call.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failures;

static void check(int holds, const char* what) {
  printf("%s: %s\n", what, holds ? "yes" : "NO");
  if (!holds) ++failures;
}

#define ON(call, action)                                                 \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), \
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)

static long install(struct sock_filter* filter, unsigned short length, unsigned flags) {
  struct sock_fprog program = {length, filter};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static long on(int call, unsigned action, unsigned flags) {
  struct sock_filter filter[] = {ON(call, action), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  return install(filter, 4, flags);
}

static int status_of(void (*act)(void)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    act();
    fflush(stdout);
    _exit(failures == 0 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

static void errors(void) {
  check(on(SYS_getppid, SECCOMP_RET_ERRNO | EUCLEAN, 0) == 0, "a filter is installed");
  check(syscall(SYS_getppid) == -1 && errno == EUCLEAN, "a call fails with the filter's error");
  check(on(SYS_munmap, SECCOMP_RET_ERRNO | 0, 0) == 0, "a second filter");
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(page, "still there");
  check(munmap(page, 4096) == 0 && strcmp(page, "still there") == 0,
        "a call is said to have worked, and was not run");
  check(on(SYS_getpgid, SECCOMP_RET_TRACE | 3, 0) == 0 && getpgid(0) == -1 && errno == ENOSYS,
        "no tracer");
  check(on(SYS_getsid, SECCOMP_RET_LOG, 0) == 0 && getsid(0) > 0, "logged only");
  check(prctl(PR_GET_SECCOMP) == 2, "filter mode");
  struct sock_filter bad = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 3);
  check(install(&bad, 1, 0) == -1 && errno == EINVAL, "a bad filter is refused");
  check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT,
        "no filter is refused");
}

static volatile sig_atomic_t trapped_call, trapped_data;
static void* volatile trapped_at;
static void on_trap(int signal, siginfo_t* info, void* context) {
  (void)signal;
  trapped_call = info->si_syscall;
  trapped_data = info->si_errno;
  trapped_at = info->si_call_addr;
  ((ucontext_t*)context)->uc_mcontext.regs[0] = 4711;
}

static void trap(void) {
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  check(on(SYS_mmap, SECCOMP_RET_TRAP | 77, 0) == 0, "mmap will be trapped");
  void* at = mmap((void*)0x700000000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(at == (void*)4711, "the handler chose the result");
  char* code = (char*)mmap;
  check(trapped_call == SYS_mmap && trapped_data == 77,
        "the handler was told which call, and the filter's word");
  check((char*)trapped_at > code && (char*)trapped_at < code + 200, "and where it was made");
}

static void killed(void) {
  on(SYS_getppid, SECCOMP_RET_KILL_PROCESS, 0);
  getppid();
}
static void* thread_that_dies(void* unused) {
  (void)unused;
  getppid();
  return NULL;
}
static void thread_killed(void) {
  on(SYS_getppid, SECCOMP_RET_KILL_THREAD, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, thread_that_dies, NULL);
  struct timespec tenth = {0, 100000000};
  nanosleep(&tenth, NULL);
}
static void trap_unhandled(void) {
  on(SYS_getppid, SECCOMP_RET_TRAP, 0);
  getppid();
}
static void strict(void) {
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  if (write(1, "strict\n", 7) == 7) syscall(SYS_getppid);
}

static void* other_thread(void* pipe_end) {
  char byte;
  if (read(*(int*)pipe_end, &byte, 1) != 1) return "no byte";
  errno = 0;
  return syscall(SYS_getppid) == -1 && errno == EDOM ? NULL : "not synchronized";
}
static void all_threads(void) {
  int ends[2];
  if (pipe(ends) < 0) _exit(9);
  pthread_t thread;
  pthread_create(&thread, NULL, other_thread, &ends[0]);
  check(on(SYS_getppid, SECCOMP_RET_ERRNO | EDOM, SECCOMP_FILTER_FLAG_TSYNC) == 0,
        "all threads get the filter");
  if (write(ends[1], "!", 1) != 1) _exit(9);
  void* wrong = NULL;
  pthread_join(thread, &wrong);
  check(wrong == NULL, "another thread obeys it");
}

static void* supervise(void* listener) {
  struct seccomp_notif told;
  for (int round = 0; round < 3; ++round) {
    memset(&told, 0, sizeof told);
    if (ioctl((int)(long)listener, SECCOMP_IOCTL_NOTIF_RECV, &told) != 0) return "recv";
    char* code = (char*)told.data.instruction_pointer;
    if (code < (char*)syscall || code > (char*)syscall + 200) return "instruction pointer";
    struct seccomp_notif_resp answer = {.id = told.id};
    if (told.data.args[1] == 1) answer.val = 4242;
    if (told.data.args[1] == 2) answer.error = -EDQUOT;
    if (told.data.args[1] == 3) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (ioctl((int)(long)listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0) return "send";
  }
  return NULL;
}
static void supervised(void) {
  long listener = on(SYS_getpgid, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
  check(listener >= 0, "a listener");
  pthread_t supervisor;
  pthread_create(&supervisor, NULL, supervise, (void*)listener);
  check(syscall(SYS_getpgid, 0x7ffffff0, 1) == 4242, "the supervisor's value");
  check(syscall(SYS_getpgid, 0x7ffffff0, 2) == -1 && errno == EDQUOT, "the supervisor's error");
  check(syscall(SYS_getpgid, 0x7ffffff0, 3) == -1 && errno == ESRCH,
        "the supervisor lets it go on");
  void* wrong = NULL;
  pthread_join(supervisor, &wrong);
  check(wrong == NULL, wrong == NULL ? "the supervisor is content" : wrong);
}

// Little is left: what a recorder injects (mmap, mprotect, prctl, rt_sigaction) is not.
static void narrow(void) {
  struct sock_filter filter[] = {
      ON(SYS_write, SECCOMP_RET_ALLOW), ON(SYS_exit_group, SECCOMP_RET_ALLOW),
      ON(SYS_execve, SECCOMP_RET_ALLOW), ON(SYS_futex, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  install(filter, sizeof filter / sizeof *filter, 0);
  struct timespec now;
  // By the vDSO, which no filter sees.
  if (clock_gettime(CLOCK_MONOTONIC, &now) == 0 && write(1, "narrow\n", 7) == 7)
    syscall(SYS_exit_group, 3);
}

// A thread may have 32768 instructions, as the kernel counts them.
static void too_many(void) {
  static struct sock_filter filter[BPF_MAXINSNS];
  for (int i = 0; i < BPF_MAXINSNS; ++i)
    filter[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  int count = 0;
  while (count < 16 && install(filter, BPF_MAXINSNS, 0) == 0) ++count;
  check(count > 0 && count < 16 && errno == ENOMEM, "there is an end to filters");
}

int main(void) {
  check(prctl(PR_GET_SECCOMP) == 0, "no filter yet");
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
  check(status_of(errors) == 0, "errors");
  check(status_of(trap) == 0, "trap");
  check((status_of(killed) & 0x7f) == SIGSYS, "a process killed");
  check(status_of(thread_killed) == 0, "a thread killed");
  check((status_of(trap_unhandled) & 0x7f) == SIGSYS, "an unhandled trap kills");
  check(status_of(strict) == SIGKILL, "strict mode kills");
  check(status_of(all_threads) == 0, "all threads");
  check(status_of(supervised) == 0, "supervision");
  check(status_of(too_many) == 0, "too many filters");
  check(status_of(narrow) == 3 << 8, "a narrow filter");
  return failures == 0 ? 0 : 1;
}
