// Messages between sockets: descriptors and credentials beside them, several at once, cut ones.
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;
static void check(int holds, const char* what) {
  printf("%s: %s\n", what, holds ? "yes" : "NO");
  if (!holds) ++failures;
}

static void send_descriptor(int to, int fd, const char* words) {
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct iovec piece = {(void*)words, strlen(words)};
  struct msghdr message = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  struct cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  check(sendmsg(to, &message, 0) == (ssize_t)strlen(words), "a descriptor is sent");
}

static void receive_descriptor(int from) {
  char first[4], second[40], control[200];
  struct iovec pieces[2] = {{first, sizeof first}, {second, sizeof second}};
  struct msghdr message = {
      .msg_iov = pieces, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
  check(got == 12 && memcmp(first, "with", 4) == 0 && memcmp(second, " a pipe!", 8) == 0,
        "the words came in two pieces");
  int fd = -1;
  struct ucred sender = {0};
  for (struct cmsghdr* c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(c), sizeof fd);
    if (c->cmsg_type == SCM_CREDENTIALS) memcpy(&sender, CMSG_DATA(c), sizeof sender);
  }
  check(sender.pid > 0 && sender.uid == getuid(), "the kernel told who sent it");
  check(fd >= 0 && write(fd, "through it", 10) == 10, "the descriptor works");
}

static void many(void) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  struct mmsghdr out[3];
  struct iovec pieces[3] = {{"one", 3}, {"two two", 7}, {"three three three", 17}};
  memset(out, 0, sizeof out);
  for (int i = 0; i < 3; ++i)
    out[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
  check(sendmmsg(ends[0], out, 3, 0) == 3 && out[2].msg_len == 17,
        "three messages are sent at once");
  char buffers[4][10];
  struct mmsghdr in[4];
  struct iovec rooms[4];
  memset(in, 0, sizeof in);
  for (int i = 0; i < 4; ++i) {
    rooms[i] = (struct iovec){buffers[i], 10};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &rooms[i], .msg_iovlen = 1};
  }
  struct timespec patience = {1, 0};
  check(recvmmsg(ends[1], in, 4, MSG_WAITFORONE, &patience) == 3, "and received at once");
  check(in[1].msg_len == 7 && memcmp(buffers[1], "two two", 7) == 0, "each in its buffer");
  check(in[2].msg_len == 10 && (in[2].msg_hdr.msg_flags & MSG_TRUNC) != 0, "one is cut");
  check(
      send(ends[0], "a long message", 14, 0) == 14 && recv(ends[1], buffers[0], 4, MSG_TRUNC) == 14,
      "the true length is told");
}

static void internet(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  bind(listener, (struct sockaddr*)&address, length);
  listen(listener, 4);
  getsockname(listener, (struct sockaddr*)&address, &length);
  pid_t child = fork();
  if (child == 0) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr*)&address, sizeof address) != 0) _exit(1);
    char answer[100];
    if (write(fd, "question", 8) != 8 || shutdown(fd, SHUT_WR) != 0) _exit(2);
    _exit(read(fd, answer, sizeof answer) == 6 ? 0 : 3);
  }
  struct sockaddr_storage peer;
  socklen_t peer_length = sizeof peer;
  int fd = accept4(listener, (struct sockaddr*)&peer, &peer_length, SOCK_CLOEXEC);
  check(fd >= 0 && peer_length == sizeof address, "a connection");
  char question[100];
  check(recv(fd, question, sizeof question, MSG_WAITALL) == 8, "a question");
  struct tcp_info info;
  socklen_t info_length = sizeof info;
  check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_length) == 0 && info_length > 100,
        "the kernel tells of the connection");
  check(write(fd, "answer", 6) == 6, "an answer");
  int status = -1;
  waitpid(child, &status, 0);
  check(status == 0, "the other side is content");
}

// A kernel without it, or an older one, says so.
static void multipath(void) {
  const int kProtocol = 262, kLevel = 284, kInfo = 1, kFullInfo = 4;
  const int fd = socket(AF_INET, SOCK_STREAM, kProtocol);
  if (fd < 0) return;
  uint8_t info[256] = {0};
  socklen_t length = sizeof info;
  check(getsockopt(fd, kLevel, kInfo, info, &length) == 0 && length <= sizeof info,
        "information on a multipath connection");
  struct {
    uint32_t tcp_size[2], flow_size[2], count, room;
    uint64_t flows, tcp;
    uint8_t info[256];
  } all = {.flow_size = {0, sizeof info}, .room = 1, .flows = (uint64_t)(uintptr_t)info};
  memset(info, 0, sizeof info);
  length = sizeof all;
  const int full = getsockopt(fd, kLevel, kFullInfo, &all, &length);
  int sum = 0;
  for (size_t i = 0; i < sizeof info; ++i) sum += info[i];
  check(full == 0 || sum == 0, "all of it, or nothing");
  close(fd);
}

int main(void) {
  int ends[2], through[2], on = 1;
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  if (pipe(through) < 0) return 2;
  setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    receive_descriptor(ends[1]);
    fflush(stdout);
    _exit(failures);
  }
  send_descriptor(ends[0], through[1], "with a pipe!");
  char words[20];
  check(read(through[0], words, sizeof words) == 10,
        "words came through the descriptor that was sent");
  int status = -1;
  waitpid(child, &status, 0);
  check(status == 0, "the receiver is content");
  many();
  internet();
  multipath();
  return failures != 0;
}
