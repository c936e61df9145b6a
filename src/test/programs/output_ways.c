// Everything by which a program can write to its standard output: each way prints a line.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

static void say(int descriptor, const char* text) { CHECK(write(descriptor, text, strlen(text)) == (ssize_t)strlen(text)); }

int main(void) {
  say(1, "write\n");
  say(2, "write to the other\n");
  struct iovec parts[2] = {{"wri", 3}, {"tev\n", 4}};
  CHECK(writev(1, parts, 2) == 7);
  const int copy = dup(1);
  say(copy, "dup\n");
  const int high = fcntl(1, F_DUPFD_CLOEXEC, 100);
  say(high, "fcntl\n");
  const int one = dup(1), two = dup(2);
  CHECK(dup3(two, 1, 0) == 1);
  say(1, "stderr by descriptor 1\n");
  CHECK(dup2(one, 1) == 1);
  say(1, "stdout again\n");
  const int null = open("/dev/null", O_WRONLY);
  CHECK(dup2(null, 1) == 1);
  say(1, "nowhere\n");
  say(null, "nowhere\n");
  CHECK(dup2(one, 1) == 1);
  const int memory = memfd_create("text", 0);
  say(memory, "nowhere either\n");
  const int opened = open("/dev/stdout", O_WRONLY | O_APPEND);
  if (opened >= 0) say(opened, "/dev/stdout\n");
  lseek(1, 0, SEEK_END);  // a file: the other description has its own position
  pid_t child = fork();
  if (child == 0) {
    say(1, "a child\n");
    say(copy, "a child's copy\n");
    execl("/bin/sh", "sh", "-c", "echo executed; echo executed, error >&2; (echo deeper | cat)", NULL);
  }
  CHECK(status_of(child) == 0);
  // Passed to another process, which knows it by another number.
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  child = fork();
  if (child == 0) {
    dup2(null, 1);
    for (int i = 5; i < 200; ++i) if (i != ends[1]) close(i);
    char control[CMSG_SPACE(4)], byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    CHECK(recvmsg(ends[1], &message, 0) == 1);
    int passed;
    memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&message)), 4);
    say(passed, "passed\n");
    _exit(0);
  }
  char control[CMSG_SPACE(4)];
  memset(control, 0, sizeof control);
  struct iovec part = {"x", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(4);
  memcpy(CMSG_DATA(header), &one, 4);
  CHECK(sendmsg(ends[0], &message, 0) == 1);
  CHECK(status_of(child) == 0);

  // From a file, in ways that a program must not rely on everywhere.
  char name[] = "/tmp/output-ways-XXXXXX";
  const int file = mkstemp(name);
  say(file, "sendfile one\nsendfile two\nsplice\ncopied\n");
  off_t offset = 0;
  CHECK(sendfile(1, file, &offset, 13) == 13 && offset == 13);
  lseek(file, 13, SEEK_SET);
  CHECK(sendfile(1, file, NULL, 13) == 13 && lseek(file, 0, SEEK_CUR) == 26);
  struct stat status;
  fstat(1, &status);
  loff_t at = 26;
  if (S_ISFIFO(status.st_mode)) {
    CHECK(splice(file, &at, 1, NULL, 7, 0) == 7);
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    say(pipes[1], "pipe to pipe\n");
    CHECK(splice(pipes[0], NULL, 1, NULL, 13, 0) == 13);
    say(pipes[1], "tee\n");
    CHECK(tee(pipes[0], 1, 4, 0) == 4);
    struct iovec spliced = {"vmsplice\n", 9};
    CHECK(vmsplice(1, &spliced, 1, 0) == 9);
  }
  if (S_ISREG(status.st_mode)) {
    CHECK(pwritev(1, parts, 2, lseek(1, 0, SEEK_CUR)) == 7);
    lseek(1, 0, SEEK_END);
    at = 33;
    CHECK(copy_file_range(file, &at, 1, NULL, 7, 0) == 7);
  }
  if (S_ISSOCK(status.st_mode)) {
    CHECK(send(1, "send\n", 5, 0) == 5);
    struct msghdr plain = {.msg_iov = parts, .msg_iovlen = 2};
    CHECK(sendmsg(1, &plain, 0) == 7);
  }
  CHECK(sendfile(1, file, NULL, 0) == 0);
  CHECK(sendfile(1, -1, NULL, 5) == -1 && errno == EBADF);
  CHECK(splice(-1, NULL, 1, NULL, 5, 0) == -1 && errno == EBADF);
  unlink(name);
  const int terminal = open("/dev/tty", O_WRONLY);
  if (terminal >= 0) say(terminal, "the terminal\n");
  say(1, "end\n");
  return 0;
}
