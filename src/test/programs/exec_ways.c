// Ways to execute a program: itself, from memory by descriptor, by a script, by a name relative to a folder, and ways that
// fail and leave the caller as it was.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static void run(const char* what, int want, int (*execute)(void)) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    execute();
    _exit(99);
  }
  const int status = status_of(child);
  printf("%s: %d\n", what, WEXITSTATUS(status));
  fflush(stdout);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == want);
}
static char* self;
static char name[] = "/tmp/exec-ways-XXXXXX";

static int from_memory(void) {
  const int memory = memfd_create("program", 0);
  const int file = open("/proc/self/exe", O_RDONLY);
  char buffer[4096];
  ssize_t n;
  while ((n = read(file, buffer, sizeof buffer)) > 0) CHECK(write(memory, buffer, n) == n);
  char* arguments[] = {"memory", "21", NULL};
  return fexecve(memory, arguments, environ);
}
static int itself(void) { return execl(self, self, "22", NULL); }
static int a_script(void) { return execl(name, name, "23", NULL); }
static int by_folder(void) {
  const int folder = open("/bin", O_PATH | O_DIRECTORY);
  char* arguments[] = {"sh", "-c", "exit 24", NULL};
  return syscall(SYS_execveat, folder, "sh", arguments, environ, 0);
}
static int absent(void) { return execl("/nowhere/program", "program", NULL) == -1 && errno == ENOENT ? (_exit(25), 0) : 0; }
static int a_folder(void) { return execl("/tmp", "tmp", NULL) == -1 && errno == EACCES ? (_exit(26), 0) : 0; }
static void nothing(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
}
static int with_ignored_signal(void) {
  signal(SIGUSR1, SIG_IGN);
  handle(SIGUSR2, nothing, 0);
  return execl(self, self, "signals", NULL);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "signals") == 0) {
    struct sigaction act;
    CHECK(sigaction(SIGUSR1, NULL, &act) == 0 && act.sa_handler == SIG_IGN);
    CHECK(sigaction(SIGUSR2, NULL, &act) == 0 && act.sa_handler == SIG_DFL);
    return 27;
  }
  if (argc > 1) return atoi(argv[1]);
  self = argv[0];
  const int script = mkstemp(name);
  CHECK(fchmod(script, 0755) == 0);
  CHECK(dprintf(script, "#!/bin/sh\nexit $1\n") > 0);
  close(script);
  run("from memory", 21, from_memory);
  run("itself", 22, itself);
  run("a script", 23, a_script);
  run("by folder", 24, by_folder);
  run("absent", 25, absent);
  run("a folder", 26, a_folder);
  run("signals", 27, with_ignored_signal);
  unlink(name);
  return 0;
}
