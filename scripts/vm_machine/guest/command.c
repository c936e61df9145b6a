#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USER_ID = 1000, CHUNK = 32 * 1024 };

/* One of the command's outputs on its way to the host. */
struct output {
  int from;
  int port;
  uint64_t carried;
};

/* The command's input on its way from the host. */
struct input {
  struct inbox inbox;
  int to;         /* -1: the command no longer reads */
  size_t offset;  /* how much of the inbox's frame is written */
  bool pending;   /* a frame is waiting to be written */
};

struct session {
  pid_t child;
  int status;
  int signals;
  bool terminal;
  struct inbox control;
  struct input input;
  struct output outputs[2];
};

static void exec_command(const struct config* config) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  const char* home = config->user ? "/home/user" : "/root";
  if (config->user && (setgroups(0, NULL) != 0 || setgid(USER_ID) != 0 || setuid(USER_ID) != 0)) {
    perror("cannot become the ordinary user");
    _exit(125);
  }
  const char* directory = config->directory ? config->directory : home;
  if (chdir(directory) != 0) {
    fprintf(stderr, "%s: %s\n", directory, strerror(errno));
    _exit(125);
  }
  clearenv();
  for (char** variable = config->environment; variable && *variable; variable++) putenv(*variable);
  execvp(config->arguments[0], config->arguments);
  int reason = errno;
  fprintf(stderr, "%s: %s\n", config->arguments[0],
          reason == ENOENT ? "command not found" : strerror(reason));
  _exit(reason == ENOENT ? 127 : 126);
}

static void start_on_terminal(struct session* session, const struct config* config) {
  struct winsize size = {.ws_row = config->rows, .ws_col = config->columns};
  int master;
  session->child = forkpty(&master, NULL, NULL, &size);
  if (session->child < 0) trouble("cannot make a terminal: %s", strerror(errno));
  if (session->child == 0) exec_command(config);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(master, F_SETFL, O_NONBLOCK);
  session->terminal = true;
  session->input.to = master;
  session->outputs[0].from = master;
  session->outputs[1].from = -1;
}

static void start_on_pipes(struct session* session, const struct config* config) {
  int in[2], out[2], err[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
    trouble("cannot make pipes: %s", strerror(errno));
  session->child = fork();
  if (session->child < 0) trouble("cannot fork: %s", strerror(errno));
  if (session->child == 0) {
    setsid();
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    exec_command(config);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  fcntl(in[1], F_SETFL, O_NONBLOCK);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  session->input.to = in[1];
  session->outputs[0].from = out[0];
  session->outputs[1].from = err[0];
}

/* Carries one chunk; false when there is nothing now. Closes the output at its end. */
static bool carry_output(struct output* output, size_t limit) {
  char buffer[CHUNK];
  if (output->from < 0) return false;
  ssize_t got = read(output->from, buffer, limit < CHUNK ? limit : CHUNK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) { /* a terminal says EIO when its last user has gone */
    output->from = -1;
    return false;
  }
  write_all(output->port, buffer, (size_t)got);
  output->carried += (uint64_t)got;
  return true;
}

/* What the pipes hold when the command ends; processes it left behind may go on writing. */
static void carry_remainder(struct output* output) {
  int held = 0;
  if (output->from < 0 || ioctl(output->from, FIONREAD, &held) != 0) return;
  for (uint64_t end = output->carried + (uint64_t)held; output->carried < end;)
    if (!carry_output(output, end - output->carried)) return;
}

/* A terminal tells its end by an error, once nobody has it open; else what comes soon will do. */
static void carry_terminal_remainder(struct output* output) {
  struct pollfd item = {.fd = output->from, .events = POLLIN};
  while (output->from >= 0 && poll(&item, 1, 50) > 0) carry_output(output, CHUNK);
}

static void close_input(struct session* session) {
  if (session->input.to >= 0 && !session->terminal) close(session->input.to);
  session->input.to = -1;
}

static void write_input(struct session* session) {
  struct input* input = &session->input;
  size_t length = frame_length(&input->inbox);
  if (input->to >= 0 && input->offset < length) {
    ssize_t done = write(input->to, input->inbox.payload + input->offset, length - input->offset);
    if (done < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (done < 0) close_input(session);
    if (done > 0) input->offset += (size_t)done;
    if (done > 0 && input->offset < length) return;
  }
  input->pending = false;
  drop_frame(&input->inbox);
}

static void read_input(struct session* session) {
  struct input* input = &session->input;
  if (!receive_frame(&input->inbox)) return;
  if (input->inbox.header[0] == FRAME_END) {
    close_input(session);
    drop_frame(&input->inbox);
    return;
  }
  input->offset = 0;
  input->pending = true;
  write_input(session);
}

static void read_control(struct session* session) {
  struct inbox* inbox = &session->control;
  if (!receive_frame(inbox)) return;
  if (inbox->header[0] == FRAME_WINDOW && session->terminal && frame_length(inbox) == 4) {
    const uint8_t* size = inbox->payload;
    struct winsize window = {.ws_row = (uint16_t)(size[0] | size[1] << 8),
                             .ws_col = (uint16_t)(size[2] | size[3] << 8)};
    ioctl(session->input.to, TIOCSWINSZ, &window);
  }
  drop_frame(inbox);
}

/* True when the command itself has ended. Everybody else's orphans are ours to collect, too. */
static bool collect_children(struct session* session) {
  struct signalfd_siginfo info;
  while (read(session->signals, &info, sizeof info) > 0) continue;
  bool ended = false;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
    if (pid != session->child) continue;
    session->status = status;
    ended = true;
  }
  return ended;
}

static void carry_until_end(struct session* session) {
  for (;;) {
    struct input* input = &session->input;
    struct pollfd items[] = {
        {.fd = session->signals, .events = POLLIN},
        {.fd = session->control.fd, .events = POLLIN},
        {.fd = input->pending ? -1 : input->inbox.fd, .events = POLLIN},
        {.fd = input->pending ? input->to : -1, .events = POLLOUT},
        {.fd = session->outputs[0].from, .events = POLLIN},
        {.fd = session->outputs[1].from, .events = POLLIN},
    };
    if (poll(items, sizeof items / sizeof *items, -1) < 0 && errno != EINTR) trouble("poll: %s", strerror(errno));
    if (items[1].revents) read_control(session);
    if (items[2].revents) read_input(session);
    if (items[3].revents) write_input(session);
    for (int i = 0; i < 2; i++)
      if (items[4 + i].revents) carry_output(&session->outputs[i], CHUNK);
    if (items[0].revents && collect_children(session)) return;
  }
}

static void report_end(struct session* session) {
  if (session->terminal) carry_terminal_remainder(&session->outputs[0]);
  for (int i = 0; i < 2 && !session->terminal; i++) carry_remainder(&session->outputs[i]);
  release_share();
  uint64_t report[3] = {0, session->outputs[0].carried, session->outputs[1].carried};
  report[0] = WIFSIGNALED(session->status) ? 128 + (uint64_t)WTERMSIG(session->status)
                                           : (uint64_t)WEXITSTATUS(session->status);
  send_frame(control_port, FRAME_EXIT, report, sizeof report);
  /* The host ends the machine once it has all of it. */
  for (;;) poll(NULL, 0, 1000);
}

void run_command(const struct config* config) {
  static struct session session;
  session.control.fd = control_port;
  session.input.inbox.fd = open_port("stdin");
  session.outputs[0].port = open_port("stdout");
  session.outputs[1].port = open_port("stderr");
  if (config->forward != 0) start_forward(config->forward);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  session.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (config->terminal)
    start_on_terminal(&session, config);
  else
    start_on_pipes(&session, config);
  carry_until_end(&session);
  report_end(&session);
}
