// fcntl's commands, and ioctl's for terminals, pipes, files and namespaces.
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fsmap.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "syscall_audit/audit.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

// Another process holds it.
int locked_file() {
  const std::string name = new_file();
  const Pair ready = pipe_with("");
  const pid_t holder = must(::fork(), "fork");
  if (holder == 0) {
    const int fd = must(::open(name.c_str(), O_RDWR), "open");
    const struct flock lock = {F_WRLCK, SEEK_SET, 2, 3, 0};
    must(::fcntl(fd, F_SETLK, &lock), "F_SETLK");
    must(static_cast<int>(::write(ready.second, "!", 1)), "write");
    ::sleep(5);
    ::_exit(0);
  }
  char ignored;
  must(static_cast<int>(::read(ready.first, &ignored, 1)), "read");
  return must(::open(name.c_str(), O_RDWR), "open");
}

kt::Flock* any_lock(Arena& a) { return a.object(kt::Flock{F_WRLCK, SEEK_SET, 0, 0, 0}); }

int open_existing(const char* name, int flags = O_RDWR | O_NOCTTY | O_NONBLOCK) {
  return must(::open(name, flags), name);
}

// Of a session of our own.
Pair controlling_terminal() {
  const Pair pty = terminal();
  must(::setsid(), "setsid");
  must(::ioctl(pty.second, TIOCSCTTY, 0), "TIOCSCTTY");
  return pty;
}

int sparse_disk_file() {
  const std::string name = new_disk_file(std::string(8192, 'x'));
  const int fd = must(::open(name.c_str(), O_RDWR), "open");
  must(static_cast<int>(::pwrite(fd, "behind a hole", 13, 1 << 20)), "pwrite");
  must(::fsync(fd), "fsync");
  return fd;
}

}  // namespace

std::vector<Case> command_cases() {
  // clang-format off
  return {
      {"F_GETLK", [](Arena& a) { return call("fcntl", locked_file(), 5, any_lock(a)); }},
      {"F_OFD_GETLK", [](Arena& a) { return call("fcntl", locked_file(), 36, any_lock(a)); }},
      {"F_GETOWN_EX", [](Arena& a) { return call("fcntl", pipe_with("").first, 16, a.space(8)); }},
      {"F_GETOWNER_UIDS", [](Arena& a) { return call("fcntl", pipe_with("").first, 17, a.space(8)); }, 0, {EINVAL}},
      {"F_GET_RW_HINT", [](Arena& a) { return call("fcntl", open_new_file(), 1035, a.space(8)); }},
      {"F_GET_FILE_RW_HINT", [](Arena& a) { return call("fcntl", open_new_file(), 1037, a.space(8)); }, 0, {EINVAL}},
      {"F_GETDELEG", [](Arena& a) { return call("fcntl", open_new_file(), 1039, a.object<uint64_t>(0)); }, 0, {EINVAL}},
  };
  // clang-format on
}

std::vector<Case> terminal_cases() {
  // clang-format off
  return {
      {"TCGETS", [](Arena& a) { return control(a, terminal().second, 0x5401, 36); }},
      {"TCGETA", [](Arena& a) { return control(a, terminal().second, 0x5405, 18); }},
      {"TCGETS2", [](Arena& a) { return control(a, terminal().second, 0x802c542a, 44); }},
      {"TIOCGPGRP", [](Arena& a) { return control(a, controlling_terminal().second, 0x540f, 4); }},
      {"TIOCOUTQ", [](Arena& a) { return control(a, terminal().second, 0x5411, 4); }},
      {"TIOCGWINSZ", [](Arena& a) { return control(a, terminal().second, 0x5413, 8); }},
      {"TIOCMGET", [](Arena& a) { return control(a, open_existing("/dev/ttyAMA0"), 0x5415, 4); }},
      {"TIOCGSOFTCAR", [](Arena& a) { return control(a, terminal().second, 0x5419, 4); }},
      {"FIONREAD of a pipe", [](Arena& a) { return control(a, pipe_with("four").first, 0x541b, 4); }},
      {"TIOCGSERIAL", [](Arena& a) { return control(a, open_existing("/dev/ttyAMA0"), 0x541e, 72); }},
      {"TIOCGETD", [](Arena& a) { return control(a, terminal().second, 0x5424, 4); }},
      {"TIOCGSID", [](Arena& a) { return control(a, controlling_terminal().first, 0x5429, 4); }},
      {"TIOCGRS485", [](Arena& a) { return control(a, open_existing("/dev/ttyAMA0"), 0x542e, 32); }, 0, {ENOTTY}},
      {"TIOCSRS485", [](Arena& a) { return call("ioctl", open_existing("/dev/ttyAMA0"), 0x542f, a.object(std::array<uint32_t, 8>{1, 0, 0, 7, 7, 7, 7, 7})); }, 0, {ENOTTY, EINVAL}},
      {"TIOCGLCKTRMIOS", [](Arena& a) { return control(a, terminal().second, 0x5456, 36); }},
      {"TIOCSERGETLSR", [](Arena& a) { return control(a, open_existing("/dev/ttyAMA0"), 0x5459, 4); }, 0, {ENOTTY}},
      {"TIOCGICOUNT", [](Arena& a) { return control(a, open_existing("/dev/ttyAMA0"), 0x545d, 80); }, 0, {EINVAL}},
      {"TIOCGPTN", [](Arena& a) { return control(a, terminal().first, 0x80045430, 4); }},
      {"TIOCGPTLCK", [](Arena& a) { return control(a, terminal().first, 0x80045439, 4); }},
      {"TIOCGPKT", [](Arena& a) { return control(a, terminal().first, 0x80045438, 4); }},
      {"TIOCGEXCL", [](Arena& a) { return control(a, terminal().second, 0x80045440, 4); }},
      {"TIOCGDEV", [](Arena& a) { return control(a, terminal().second, 0x80045432, 4); }},
      {"FIOQSIZE", [](Arena& a) { return control(a, open_new_file(), 0x5460, 8); }},
      {"FIONREAD of a file", [](Arena& a) { return control(a, open_new_file(), 0x541b, 4); }},
      {"VT_OPENQRY", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x5600, 4); }},
      {"VT_GETMODE", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x5601, 8); }},
      {"VT_GETSTATE", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x5603, 6); }},
      {"KDGETLED", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b31, 1); }},
      {"KDGKBTYPE", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b33, 1); }},
      {"KDGETMODE", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b3b, 4); }},
      {"KDGKBMODE", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b44, 4); }},
      {"KDGKBMETA", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b62, 4); }},
      {"GIO_SCRNMAP", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b40, 256); }},
      {"KDGKBDIACR", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b4a, 772); }},
      {"KDGKBLED", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b64, 1); }},
      {"GIO_UNISCRNMAP", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b69, 512); }},
      {"GIO_CMAP", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4b70, 48); }},
      {"KDGKBDIACRUC", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x4bfa, 3076); }},
      {"VT_GETHIFONTMASK", [](Arena& a) { return control(a, open_existing("/dev/tty1"), 0x560d, 2); }},
      {"KDGKBENT", [](Arena& a) { return call("ioctl", open_existing("/dev/tty1"), 0x4b46, a.object(std::array<uint8_t, 4>{0, 2, 0xff, 0xff})); }},
      {"KDGKBSENT", [](Arena& a) { return call("ioctl", open_existing("/dev/tty1"), 0x4b48, a.object(std::array<char, 513>{})); }},
      {"TIOCLINUX", [](Arena& a) { return call("ioctl", open_existing("/dev/tty1"), 0x541c, a.object(char{6})); }},
      {"FIBMAP", [](Arena& a) { return call("ioctl", sparse_disk_file(), 1, a.object<int32_t>(0)); }},
      {"FIGETBSZ", [](Arena& a) { return control(a, open_new_file(), 2, 4); }},
      {"FS_IOC_GETFLAGS", [](Arena& a) { return control(a, sparse_disk_file(), 0x80086601, 4); }},
      {"FS_IOC_GETVERSION", [](Arena& a) { return control(a, sparse_disk_file(), 0x80087601, 4); }},
      {"FS_IOC_FSGETXATTR", [](Arena& a) { return control(a, sparse_disk_file(), 0x801c581f, 28); }},
      {"FS_IOC_FIEMAP", [](Arena& a) {
         std::byte* map = a.space(32 + 3 * 56);
         const kt::Fiemap head{0, UINT64_MAX, 1, 0x7777, 3, 0};
         std::memcpy(map, &head, sizeof head);
         return call("ioctl", sparse_disk_file(), 0xc020660b, map);
       }},
      {"FS_IOC_FIEMAP, how many", [](Arena& a) { return call("ioctl", sparse_disk_file(), 0xc020660b, a.object(kt::Fiemap{0, UINT64_MAX, 0, 0x7777, 0, 0})); }},
      {"FS_IOC_FIEMAP, unknown flags", [](Arena& a) { return call("ioctl", sparse_disk_file(), 0xc020660b, a.object(kt::Fiemap{0, UINT64_MAX, 0x8000000, 0, 0, 0})); }, EBADR},
      {"FS_IOC_GETFSMAP", [](Arena& a) {
         std::byte* map = a.space(sizeof(fsmap_head) + 4 * sizeof(fsmap));
         std::memset(map, 0, sizeof(fsmap_head) + 4 * sizeof(fsmap));
         fsmap_head head{};
         head.fmh_count = 4;
         head.fmh_keys[1].fmr_device = UINT32_MAX;
         head.fmh_keys[1].fmr_flags = UINT32_MAX;
         head.fmh_keys[1].fmr_physical = UINT64_MAX;
         head.fmh_keys[1].fmr_owner = UINT64_MAX;
         head.fmh_keys[1].fmr_offset = UINT64_MAX;
         std::memcpy(map, &head, sizeof head);
         return call("ioctl", open_existing("/", O_RDONLY), 0xc0c0583b, map);
       }},
      {"EXT4_IOC_GETSTATE", [](Arena& a) { return control(a, sparse_disk_file(), 0x40046629, 4); }},
      {"EXT4_IOC_GET_ES_CACHE", [](Arena& a) {
         std::byte* map = a.space(32 + 3 * 56);
         const kt::Fiemap head{0, UINT64_MAX, 0, 0x7777, 3, 0};
         std::memcpy(map, &head, sizeof head);
         return call("ioctl", sparse_disk_file(), 0xc020662a, map);
       }},
      {"FS_IOC_GETFSLABEL", [](Arena& a) { return control(a, open_existing("/", O_RDONLY), 0x81009431, 256); }},
      {"EXT4_IOC_GETFSUUID", [](Arena& a) { return call("ioctl", open_existing("/", O_RDONLY), 0x8008662c, a.object(std::array<uint32_t, 6>{16})); }, 0, {ENOTTY}},
      {"FS_IOC_GETFSUUID", [](Arena& a) { return control(a, open_existing("/", O_RDONLY), 0x80111500, 17); }, 0, {ENOTTY}},
      {"FS_IOC_GETFSSYSFSPATH", [](Arena& a) { return control(a, open_existing("/", O_RDONLY), 0x80811501, 129); }, 0, {ENOTTY}},
      {"NS_GET_OWNER_UID", [](Arena& a) { return control(a, open_existing("/proc/self/ns/user", O_RDONLY), 0xb704, 4); }},
      {"NS_GET_MNTNS_ID", [](Arena& a) { return control(a, open_existing("/proc/self/ns/mnt", O_RDONLY), 0x8008b705, 8); }, 0, {ENOTTY}},
      {"NS_MNT_GET_INFO", [](Arena& a) { return control(a, open_existing("/proc/self/ns/mnt", O_RDONLY), 0x8010b70a, 16); }, 0, {ENOTTY}},
      {"PIDFD_GET_INFO", [](Arena& a) {
         const int self = must(static_cast<int>(::syscall(434, ::getpid(), 0)), "pidfd_open");
         std::array<uint64_t, 8> info{};
         info[0] = 0x7;
         return call("ioctl", self, 0xc040ff0b, a.object(info));
       }, 0, {ENOTTY, EINVAL}},
      {"RTC_PARAM_GET", [](Arena& a) { return call("ioctl", open_existing("/dev/rtc0", O_RDONLY), 0x40187013, a.object(std::array<uint64_t, 3>{0, ~uint64_t{0}, 0})); }},
      {"RTC_RD_TIME", [](Arena& a) { return control(a, open_existing("/dev/rtc0", O_RDONLY), 0x80247009, 36); }},
      {"RNDGETENTCNT", [](Arena& a) { return control(a, open_existing("/dev/random", O_RDONLY), 0x80045200, 4); }},
  };
  // clang-format on
}

}  // namespace rr::test
