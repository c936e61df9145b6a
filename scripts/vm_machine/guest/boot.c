#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void must_mount(const char* source, const char* target, const char* type, unsigned long flags,
                       const char* options) {
  mkdir(target, 0755);
  if (mount(source, target, type, flags, options) != 0)
    trouble("cannot mount %s on %s: %s", source, target, strerror(errno));
}

static void load_module(const char* name) {
  char path[200];
  snprintf(path, sizeof path, "/modules/%s", name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) trouble("no module %s", path);
  if (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)
    fprintf(stderr, "agent: module %s: %s\n", name, strerror(errno));
  close(fd);
}

static void load_modules(const char* list) {
  FILE* file = fopen(list, "re");
  if (file == NULL) trouble("no list %s", list);
  for (char name[100]; fgets(name, sizeof name, file) != NULL;) {
    name[strcspn(name, "\n")] = 0;
    load_module(name);
  }
  fclose(file);
}

static void wait_for_file(const char* path) {
  for (int tries = 0; access(path, F_OK) != 0; tries++) {
    if (tries == 5000) trouble("%s does not appear", path);
    usleep(1000);
  }
}

static void put(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0)
    fprintf(stderr, "agent: %s: %s\n", path, strerror(errno));
  if (fd >= 0) close(fd);
}

static void enter_root(void) {
  wait_for_file("/dev/vda");
  must_mount("/dev/vda", "/root", "ext4", MS_NOATIME, NULL);
  must_mount("/dev", "/root/dev", NULL, MS_MOVE, NULL);
  must_mount("/proc", "/root/proc", NULL, MS_MOVE, NULL);
  must_mount("/sys", "/root/sys", NULL, MS_MOVE, NULL);
  if (chdir("/root") != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0)
    trouble("cannot enter the root file system: %s", strerror(errno));
}

static void mount_rest(void) {
  must_mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
  must_mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=75%");
  must_mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  must_mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
  if (access("/dev/vdb", F_OK) == 0) must_mount("/dev/vdb", "/usr/lib/modules", "ext4", MS_RDONLY, NULL);
  mkdir("/run/lock", 01777);
  mkdir("/run/user", 0755);
  if (mkdir("/run/user/1000", 0700) != 0 || chown("/run/user/1000", 1000, 1000) != 0)
    trouble("cannot make /run/user/1000: %s", strerror(errno));
  static const char* const links[][2] = {{"/proc/self/fd", "/dev/fd"},
                                         {"/proc/self/fd/0", "/dev/stdin"},
                                         {"/proc/self/fd/1", "/dev/stdout"},
                                         {"/proc/self/fd/2", "/dev/stderr"}};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    if (symlink(links[i][0], links[i][1]) != 0) trouble("cannot link %s", links[i][1]);
}

/* Opening one of these makes the kernel load its module. */
static void make_device_nodes(void) {
  mkdir("/dev/net", 0755);
  static const struct {
    const char* path;
    mode_t mode;
    unsigned minor;
  } kNodes[] = {{"/dev/loop-control", 0660, 237}, {"/dev/fuse", 0666, 229}, {"/dev/net/tun", 0666, 200}};
  for (size_t i = 0; i < sizeof kNodes / sizeof *kNodes; i++)
    if (mknod(kNodes[i].path, S_IFCHR | kNodes[i].mode, makedev(10, kNodes[i].minor)) == 0)
      chmod(kNodes[i].path, kNodes[i].mode);
}

static void loopback_up(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo"};
  if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0) trouble("no loopback");
  request.ifr_flags |= IFF_UP | IFF_RUNNING;
  if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) trouble("cannot bring up the loopback");
  close(fd);
}

/* What Debian's first process would have set. kernel.yama.ptrace_scope stays as the kernel has it. */
static void set_defaults(void) {
  put("/proc/sys/fs/protected_hardlinks", "1");
  put("/proc/sys/fs/protected_symlinks", "1");
  put("/proc/sys/kernel/core_pattern", "core");
  const struct rlimit files = {1024, 524288};
  setrlimit(RLIMIT_NOFILE, &files);
  if (sethostname("vm", 2) != 0) trouble("sethostname: %s", strerror(errno));
}

void boot_machine(void) {
  signal(SIGPIPE, SIG_IGN);
  umask(022);
  must_mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL);
  must_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  must_mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  load_modules("/modules/boot");
  control_port = open_port("control");
}

static void copy_program(const char* source, const char* target) {
  int in = open(source, O_RDONLY | O_CLOEXEC);
  if (in < 0) return; /* nothing has been built yet */
  int out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  if (out < 0) trouble("cannot write %s: %s", target, strerror(errno));
  enum { SIZE = 1024 * 1024 };
  char* buffer = malloc(SIZE);
  ssize_t got;
  while ((got = read(in, buffer, SIZE)) > 0) write_all(out, buffer, (size_t)got);
  if (got < 0) trouble("cannot read %s: %s", source, strerror(errno));
  free(buffer);
  close(in);
  close(out);
}

static const char* const kShareOptions = "trans=virtio,version=9p2000.L,msize=512000,access=client";

void apply_config(const struct config* config) {
  if (config->share || config->build) load_modules("/modules/share");
  enter_root();
  mount_rest();
  make_device_nodes();
  loopback_up();
  set_defaults();
  put("/proc/sys/kernel/perf_event_paranoid", config->user ? "1" : "-1");
  if (config->share) must_mount("share", "/share", "9p", 0, kShareOptions);
  if (config->build) {
    must_mount("build", "/build", "9p", MS_RDONLY, kShareOptions);
    mkdir("/usr/local", 0755);
    mkdir("/usr/local/bin", 0755);
    copy_program("/build/bin/rr", "/usr/local/bin/rr");
  }
}

void release_share(void) {
  int fd = open("/share", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  syncfs(fd);
  close(fd);
}

int main(void) {
  static struct config config;
  boot_machine();
  read_config(control_port, &config);
  apply_config(&config);
  run_command(&config);
  power_off();
}
