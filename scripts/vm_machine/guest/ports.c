#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int control_port = -1;

static bool has_name(const char* port, const char* name) {
  char path[300], text[64] = "";
  snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", port);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return false;
  text[strcspn(text, "\n")] = 0;
  return strcmp(text, name) == 0;
}

static int try_open_port(const char* name) {
  DIR* folder = opendir("/sys/class/virtio-ports");
  if (folder == NULL) return -1;
  int fd = -1;
  for (struct dirent* entry; fd < 0 && (entry = readdir(folder)) != NULL;) {
    if (entry->d_name[0] == '.' || !has_name(entry->d_name, name)) continue;
    char path[300];
    snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  }
  closedir(folder);
  return fd;
}

/* The ports' names arrive a little after the driver is loaded. */
int open_port(const char* name) {
  for (int tries = 0; tries < 5000; tries++) {
    int fd = try_open_port(name);
    if (fd >= 0) return fd;
    usleep(1000);
  }
  trouble("no virtio-serial port %s", name);
}

static void wait_for(int fd, short events) {
  struct pollfd item = {.fd = fd, .events = events};
  poll(&item, 1, -1);
}

void write_all(int fd, const void* data, size_t length) {
  const char* next = data;
  while (length > 0) {
    ssize_t done = write(fd, next, length);
    if (done < 0 && errno == EAGAIN) {
      wait_for(fd, POLLOUT);
    } else if (done < 0 && errno != EINTR) {
      return; /* the host has gone: nobody is left to tell */
    } else if (done > 0) {
      next += done;
      length -= (size_t)done;
    }
  }
}

static void put_length(uint8_t* header, size_t length) {
  for (int i = 0; i < 4; i++) header[1 + i] = (uint8_t)(length >> (8 * i));
}

static size_t get_length(const uint8_t* header) {
  size_t length = 0;
  for (int i = 0; i < 4; i++) length |= (size_t)header[1 + i] << (8 * i);
  return length;
}

void send_frame(int fd, enum frame_kind kind, const void* payload, size_t length) {
  uint8_t header[5] = {(uint8_t)kind};
  put_length(header, length);
  write_all(fd, header, sizeof header);
  write_all(fd, payload, length);
}

size_t frame_length(const struct inbox* inbox) { return get_length(inbox->header); }

void drop_frame(struct inbox* inbox) { inbox->header_length = inbox->length = 0; }

bool receive_frame(struct inbox* inbox) {
  if (inbox->header_length < sizeof inbox->header) {
    ssize_t got = read(inbox->fd, inbox->header + inbox->header_length,
                       sizeof inbox->header - inbox->header_length);
    if (got <= 0) return false;
    inbox->header_length += (size_t)got;
    if (inbox->header_length < sizeof inbox->header) return false;
    if (frame_length(inbox) > MAX_FRAME) trouble("the host sent a frame of %zu bytes", frame_length(inbox));
  }
  size_t missing = frame_length(inbox) - inbox->length;
  if (missing > 0) {
    ssize_t got = read(inbox->fd, inbox->payload + inbox->length, missing);
    if (got > 0) inbox->length += (size_t)got;
  }
  return inbox->length == frame_length(inbox);
}

static void read_exactly(int fd, void* data, size_t length) {
  char* next = data;
  while (length > 0) {
    ssize_t got = read(fd, next, length);
    if (got > 0) {
      next += got;
      length -= (size_t)got;
    } else {
      wait_for(fd, POLLIN);
    }
  }
}

static char** append(char** list, size_t* count, char* item) {
  list = realloc(list, (*count + 2) * sizeof *list);
  list[(*count)++] = item;
  list[*count] = NULL;
  return list;
}

/* The configuration is a sequence of "key=value" strings, each ended by a zero byte. */
void read_config(int fd, struct config* config) {
  uint8_t header[5];
  read_exactly(fd, header, sizeof header);
  size_t length = get_length(header);
  if (header[0] != FRAME_CONFIG || length > MAX_CONFIG) trouble("bad configuration frame");
  char* text = malloc(length + 1);
  read_exactly(fd, text, length);
  text[length] = 0;
  size_t arguments = 0, variables = 0;
  for (char *item = text, *next; item < text + length; item = next) {
    next = item + strlen(item) + 1;
    char* value = strchr(item, '=');
    if (value == NULL) continue;
    *value++ = 0;
    if (strcmp(item, "arg") == 0) config->arguments = append(config->arguments, &arguments, value);
    if (strcmp(item, "env") == 0) config->environment = append(config->environment, &variables, value);
    if (strcmp(item, "directory") == 0) config->directory = value;
    if (strcmp(item, "user") == 0) config->user = true;
    if (strcmp(item, "share") == 0) config->share = true;
    if (strcmp(item, "build") == 0) config->build = true;
    if (strcmp(item, "terminal") == 0) config->terminal = true;
    if (strcmp(item, "rows") == 0) config->rows = (uint16_t)atoi(value);
    if (strcmp(item, "columns") == 0) config->columns = (uint16_t)atoi(value);
    if (strcmp(item, "forward") == 0) config->forward = (uint16_t)atoi(value);
  }
  if (config->arguments == NULL) trouble("no command");
}

void power_off(void) {
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

void trouble(const char* format, ...) {
  char text[1000];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  fprintf(stderr, "agent: %s\n", text);
  if (control_port >= 0) {
    send_frame(control_port, FRAME_TROUBLE, text, strlen(text));
    usleep(200000);
  }
  power_off();
}
