// Namespaces: of users, processes, mounts, the network and the host's name; and another root. A
// process in a namespace of processes has other numbers there than outside.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;
static void check(int holds, const char* what) {
  printf("%s: %s\n", what, holds ? "yes" : "NO");
  if (!holds) ++failures;
}

static void put(const char* name, const char* text) {
  int fd = open(name, O_WRONLY);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) check(0, name);
  close(fd);
}

static void* thread(void* number) {
  *(int*)number = (int)syscall(SYS_gettid);
  return NULL;
}

static volatile sig_atomic_t sender = -1;
static void on_signal(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)context;
  sender = info->si_pid;
}

static void inside(void) {
  check(getpid() == 1 && getppid() == 0, "the first process of its namespace");
  int number = 0;
  pthread_t other;
  pthread_create(&other, NULL, thread, &number);
  pthread_join(other, NULL);
  check(number == 2, "a thread is the second");
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  pid_t child = fork();
  if (child == 0) {
    kill(1, SIGUSR1);
    _exit(getpid());
  }
  int status = -1;
  check(child == 3 && waitpid(child, &status, 0) == 3 && status == 3 << 8, "a child is the third");
  check(sender == 3, "who says so with a signal");
  check(sethostname("inside", 6) == 0, "the host has another name");
  check(mount("none", "/tmp", "tmpfs", 0, NULL) == 0 && mkdir("/tmp/root", 0700) == 0,
        "a folder of our own");
  check(mkdir("/tmp/root/proc", 0700) == 0 && mount("proc", "/tmp/root/proc", "proc", 0, NULL) == 0,
        "and /proc");
  check(chroot("/tmp/root") == 0 && chdir("/") == 0, "another root");
  char link[20] = "";
  check(readlink("/proc/self", link, sizeof link) == 1 && link[0] == '1',
        "/proc knows us by our number");
  check(access("/etc/passwd", F_OK) == -1 && errno == ENOENT, "the files outside are away");
}

int main(void) {
  const int uid = (int)getuid(), gid = (int)getgid();
  struct rlimit few = {12, 12};
  check(setrlimit(RLIMIT_NOFILE, &few) == 0, "few descriptors");
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS |
              CLONE_NEWIPC) != 0) {
    printf("no namespaces: %s\n", strerror(errno));
    return errno == EPERM ? 0 : 1;
  }
  char map[50];
  put("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %d 1", uid);
  put("/proc/self/uid_map", map);
  snprintf(map, sizeof map, "0 %d 1", gid);
  put("/proc/self/gid_map", map);
  check(getuid() == 0, "root of the new namespace");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    inside();
    fflush(stdout);
    _exit(failures);
  }
  int status = -1;
  check(waitpid(child, &status, 0) == child && status == 0, "all is well inside");
  return failures != 0;
}
