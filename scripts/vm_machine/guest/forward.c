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

enum { LISTEN_PAUSE_US = 100000, CHUNK = 32 * 1024 };

/* Is the port listened on? Asked of /proc: a trial connection would use up a server that takes one. */
static bool is_listening(const char* table, uint16_t port) {
  FILE* file = fopen(table, "re");
  if (file == NULL) return false;
  bool found = false;
  for (char line[300]; !found && fgets(line, sizeof line, file) != NULL;) {
    unsigned local_port, state;
    if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &local_port, &state) == 2)
      found = local_port == port && state == 0x0a;
  }
  fclose(file);
  return found;
}

static int connect_loopback(uint16_t port) {
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (const struct sockaddr*)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

static int end_connection(int connection, int port) {
  if (connection >= 0) close(connection);
  send_frame(port, FRAME_END, "", 0);
  return -1;
}

/* First tells the host that there is a server. Then one connection at a time: the host opens the next when this one has ended on both sides. */
static void serve(int port, uint16_t guest_port) {
  static struct inbox inbox;
  static char buffer[CHUNK];
  int connection = -1;
  inbox.fd = port;
  while (!is_listening("/proc/net/tcp", guest_port) && !is_listening("/proc/net/tcp6", guest_port))
    usleep(LISTEN_PAUSE_US);
  send_frame(port, FRAME_OPEN, "", 0);
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
