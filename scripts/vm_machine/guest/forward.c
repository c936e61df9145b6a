#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A debugger's client is faster than its server: keep trying for this long. */
enum { CONNECT_TRIES = 600, CONNECT_PAUSE_US = 100000, CHUNK = 32 * 1024 };

static int connect_loopback(uint16_t port) {
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
  for (int tries = 0; tries < CONNECT_TRIES; tries++) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, (const struct sockaddr*)&address, sizeof address) == 0) {
      int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    }
    close(fd);
    usleep(CONNECT_PAUSE_US);
  }
  return -1;
}

static int end_connection(int connection, int port) {
  if (connection >= 0) close(connection);
  send_frame(port, FRAME_END, "", 0);
  return -1;
}

/* One connection at a time: the host opens the next when this one has ended on both sides. */
static void serve(int port, uint16_t guest_port) {
  static struct inbox inbox;
  static char buffer[CHUNK];
  int connection = -1;
  inbox.fd = port;
  for (;;) {
    struct pollfd items[] = {{.fd = port, .events = POLLIN}, {.fd = connection, .events = POLLIN}};
    if (poll(items, 2, -1) < 0) continue;
    if (items[1].revents) {
      ssize_t got = read(connection, buffer, sizeof buffer);
      if (got > 0)
        send_frame(port, FRAME_DATA, buffer, (size_t)got);
      else
        connection = end_connection(connection, port);
    }
    if (!items[0].revents || !receive_frame(&inbox)) continue;
    if (inbox.header[0] == FRAME_OPEN) {
      connection = connect_loopback(guest_port);
      if (connection < 0) end_connection(connection, port);
    } else if (inbox.header[0] == FRAME_END && connection >= 0) {
      connection = end_connection(connection, port);
    } else if (inbox.header[0] == FRAME_DATA && connection >= 0) {
      write_all(connection, inbox.payload, frame_length(&inbox));
    }
    drop_frame(&inbox);
  }
}

void start_forward(uint16_t guest_port) {
  int port = open_port("forward");
  pid_t child = fork();
  if (child < 0) trouble("cannot fork: %s", strerror(errno));
  if (child == 0) serve(port, guest_port);
  close(port);
}
