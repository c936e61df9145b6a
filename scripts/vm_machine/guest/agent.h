/* The guest's first process: brings the machine up, runs one command, carries its streams.
 *
 * boot.c     modules, file systems, settings
 * ports.c    the virtio-serial ports to the host, and the frames that go over them
 * command.c  starts the command and carries stdin, stdout, stderr until it ends
 * forward.c  a TCP port of the guest's loopback for the host
 *
 * Frames, both ways, on the control, stdin and forward ports: kind (1 byte), length (4 bytes, little
 * endian), payload. stdout and stderr are raw; the exit frame tells how many bytes each carried.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum frame_kind {
  FRAME_CONFIG = 'C',     /* host to guest: what to run */
  FRAME_WINDOW = 'W',     /* host to guest: rows, columns as 16-bit numbers */
  FRAME_DATA = 'D',       /* both ways: bytes of stdin or of a connection */
  FRAME_END = 'E',        /* both ways: stdin or the connection ends */
  FRAME_OPEN = 'O',       /* guest to host: the port has a server; host to guest: a connection begins */
  FRAME_EXIT = 'X',       /* guest to host: status, bytes of stdout, bytes of stderr */
  FRAME_TROUBLE = 'T',    /* guest to host: why the command could not be run */
};

enum { MAX_FRAME = 64 * 1024, MAX_CONFIG = 2 * 1024 * 1024 };

struct config {
  char** arguments;    /* null-terminated */
  char** environment;  /* null-terminated */
  char* directory;     /* null: the user's home */
  bool user;           /* run as the ordinary user */
  bool share;
  bool build;
  bool terminal;
  uint16_t rows, columns;
  uint16_t forward;    /* port of the guest's loopback, 0 for none */
};

/* A partly received frame. */
struct inbox {
  int fd;
  uint8_t header[5];
  size_t header_length;
  size_t length;
  uint8_t payload[MAX_FRAME];
};

/* boot.c */
void boot_machine(void);
void apply_config(const struct config* config);
void release_share(void);

/* ports.c */
int open_port(const char* name);
void write_all(int fd, const void* data, size_t length);
void send_frame(int fd, enum frame_kind kind, const void* payload, size_t length);
/* One non-blocking read; true when a whole frame is in the inbox (its kind in header[0]). */
bool receive_frame(struct inbox* inbox);
size_t frame_length(const struct inbox* inbox);
void drop_frame(struct inbox* inbox);
void read_config(int fd, struct config* config);
/* Tells the host, then powers off. */
void trouble(const char* format, ...) __attribute__((format(printf, 1, 2), noreturn));
void power_off(void) __attribute__((noreturn));
extern int control_port;

/* command.c */
void run_command(const struct config* config);

/* forward.c */
void start_forward(uint16_t guest_port);

#endif
