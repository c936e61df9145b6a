// Memory written through the kernel by address in a pid namespace, where processes have other
// numbers, and through mounts of proc that lie elsewhere.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "check.h"

static char memory[3][100];

static ssize_t write_to(pid_t process, char* there, const char* text) {
  const struct iovec local = {(void*)text, strlen(text)}, remote = {there, strlen(text)};
  return process_vm_writev(process, &local, 1, &remote, 1, 0);
}

static void write_file(const char* name, char* there, const char* text) {
  const int file = open(name, O_RDWR);
  CHECK(file >= 0);
  CHECK(pwrite(file, text, strlen(text), (off_t)there) == (ssize_t)strlen(text));
  close(file);
}

static void put(const char* name, const char* text) {
  const int file = open(name, O_WRONLY);
  CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
  close(file);
}

static void in_namespace(void) {
  CHECK(getpid() == 1);
  CHECK(write_to(getpid(), memory[0], "to itself") == 9);
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    printf("child: %s, %s, %s\n", memory[0], memory[1], memory[2]);
    fflush(stdout);
    _exit(0);
  }
  CHECK(write_to(child, memory[1], "to the child") == 12);
  CHECK(mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
  CHECK(mkdir("/tmp/root", 0700) == 0 && mkdir("/tmp/root/other", 0700) == 0);
  CHECK(mount("proc", "/tmp/root/other", "proc", 0, NULL) == 0);
  write_file("/tmp/root/other/self/mem", memory[1], "elsewhere");
  char name[60];
  snprintf(name, sizeof name, "/tmp/root/other/%d/task/%d/mem", child, child);
  write_file(name, memory[2], "a thread");
  CHECK(chroot("/tmp/root") == 0);
  write_file("/other/self/mem", memory[2], "another root");
  printf("self: %s, %s, %s\n", memory[0], memory[1], memory[2]);
  fflush(stdout);
  CHECK(write(ends[1], "x", 1) == 1);
  CHECK(status_of(child) == 0);
  _exit(0);
}

int main(void) {
  const int uid = (int)getuid(), gid = (int)getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) != 0) {
    printf("no namespaces\n");
    return 0;
  }
  char map[50];
  put("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %d 1", uid);
  put("/proc/self/uid_map", map);
  snprintf(map, sizeof map, "0 %d 1", gid);
  put("/proc/self/gid_map", map);
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    printf("from outside: %s\n", memory[0]);
    fflush(stdout);
    in_namespace();
  }
  CHECK(write_to(child, memory[0], "by its number here") == 18 && write(ends[1], "x", 1) == 1);
  CHECK(status_of(child) == 0);
  return 0;
}
