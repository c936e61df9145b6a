// Files, folders and mounts: calls that write nothing.
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "syscall_audit/silent.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

constexpr const char* kAttribute = "trusted.silent";
constexpr int kHere = AT_FDCWD;

int raw(long result, const char* what) { return must(static_cast<int>(result), what); }

std::string a_name() { return new_file(); }
int a_file() { return open_new_file(); }
std::string a_folder() { return new_folder(); }
int an_open_folder() { return must(::open(new_folder().c_str(), O_RDONLY), "open"); }
std::string a_free_name() { return new_folder() + "/new"; }
std::string a_disk_name() { return new_disk_file(); }
int a_disk_file() { return must(::open(new_disk_file().c_str(), O_RDWR), "open"); }
std::string a_marked_name() {
  std::string name = new_file();
  must(::setxattr(name.c_str(), kAttribute, "value", 5, 0), "setxattr");
  return name;
}
int a_marked_file() { return must(::open(a_marked_name().c_str(), O_RDWR), "open"); }
int a_pipes_end() { return pipe_with("some words").first; }
int another_pipes_start() { return pipe_with("").second; }
int an_inotify() { return must(::inotify_init1(0), "inotify_init1"); }
int a_watching_inotify() {
  const int fd = an_inotify();
  must(::inotify_add_watch(fd, "/tmp", IN_MODIFY), "inotify_add_watch");
  return fd;
}
int a_fanotify() { return raw(::syscall(SYS_fanotify_init, 0, O_RDONLY), "fanotify_init"); }
int an_epoll() { return must(::epoll_create1(0), "epoll_create1"); }

kt::Iovec* words(Arena& a) { return a.array({kt::Iovec{as_argument(a.text("words")), 5}}); }

kt::XattrArgs* attribute_value(Arena& a) {
  return a.object(kt::XattrArgs{as_argument(a.text("value")), 5, 0});
}

// Nobody outside sees what is mounted.
void leave_mounts() {
  must(::unshare(CLONE_NEWNS), "unshare");
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
}
std::string a_mount() {
  std::string name = new_folder();
  must(::mount("none", name.c_str(), "tmpfs", 0, nullptr), "mount");
  return name;
}
std::string a_folder_in_a_mount() {
  std::string name = a_mount() + "/old";
  must(::mkdir(name.c_str(), 0700), "mkdir");
  must(::chdir((name + "/..").c_str()), "chdir");
  return name;
}
int a_tree() { return raw(::syscall(428, AT_FDCWD, "/tmp", 1), "open_tree"); }
int a_context() { return raw(::syscall(430, "tmpfs", 0), "fsopen"); }
int a_finished_context() {
  const int fd = a_context();
  raw(::syscall(431, fd, 6, nullptr, nullptr, 0), "fsconfig");
  return fd;
}
using MountAttributes = std::array<uint64_t, 4>;

kt::FileHandle* a_handle(Arena& a) {
  struct {
    kt::FileHandle head{64, 0};
    char rest[64] = {};
  } handle;
  uint64_t mount = 0;
  raw(::syscall(SYS_name_to_handle_at, AT_FDCWD, new_disk_file().c_str(), &handle, &mount, 0),
      "name_to_handle_at");
  return reinterpret_cast<kt::FileHandle*>(a.object(handle));
}

int a_ruleset() {
  const uint64_t handled = 1;
  const long made = ::syscall(444, &handled, sizeof handled, 0);
  return made < 0 ? 0 : static_cast<int>(made);
}
// allowed_access, then parent_fd, packed.
std::array<uint32_t, 3> a_rule() { return {1, 0, static_cast<uint32_t>(an_open_folder())}; }

}  // namespace

std::vector<Case> silent_file_cases() {
  // clang-format off
  return {
      silent("setxattr", a_name, kAttribute, "value", 5, 0),
      silent("lsetxattr", a_name, kAttribute, "value", 5, 0),
      silent("fsetxattr", a_file, kAttribute, "value", 5, 0),
      silent("setxattrat", kHere, a_name, 0, kAttribute, attribute_value, sizeof(kt::XattrArgs)),
      silent("removexattr", a_marked_name, kAttribute),
      silent("lremovexattr", a_marked_name, kAttribute),
      silent("fremovexattr", a_marked_file, kAttribute),
      silent("removexattrat", kHere, a_marked_name, 0, kAttribute),
      silent("mknodat", kHere, a_free_name, S_IFIFO | 0600, 0),
      silent("mkdirat", kHere, a_free_name, 0700),
      silent("unlinkat", kHere, a_name, 0),
      silent("symlinkat", "target", kHere, a_free_name),
      silent("linkat", kHere, a_name, kHere, a_free_name, 0),
      silent("renameat", kHere, a_name, kHere, a_free_name),
      silent("renameat2", kHere, a_name, kHere, a_free_name, 1),
      silent("truncate", a_name, 3),
      silent("ftruncate", a_file, 3),
      silent("fallocate", a_file, 0, 0, 100),
      silent("faccessat", kHere, a_name, R_OK),
      silent("faccessat2", kHere, a_name, R_OK, 0),
      silent("chdir", a_folder),
      silent("fchdir", an_open_folder),
      silent("chroot", a_folder),
      silent("fchmod", a_file, 0600),
      silent("fchmodat", kHere, a_name, 0600),
      silent("fchmodat2", kHere, a_name, 0600, 0),
      silent("fchownat", kHere, a_name, 1, 1, 0),
      silent("fchown", a_file, 1, 1),
      silent("utimensat", kHere, a_name, lent(std::array<uint64_t, 4>{1, 2, 3, 4}), 0),
      silent("file_setattr", kHere, a_disk_name, lent(std::array<uint32_t, 6>{}), 24, 0),
      silent("acct", nullptr),
      silent("openat", kHere, a_name, O_RDONLY, 0),
      silent("openat2", kHere, a_name, lent(std::array<uint64_t, 3>{}), 24),
      silent("open_by_handle_at", a_disk_file, a_handle, O_RDONLY),
      silent("close", a_file),
      silent("close_range", 1000, 2000, 0),
      silent("dup", a_file),
      silent("dup3", a_file, 100, 0),
      silent("flock", a_file, LOCK_EX),
      silent("lseek", a_file, 2, SEEK_SET),
      silent("write", a_file, "words", 5),
      silent("writev", a_file, words, 1),
      silent("pwrite64", a_file, "words", 5, 2),
      silent("pwritev", a_file, words, 1, 2, 0),
      silent("pwritev2", a_file, words, 1, 2, 0, 0),
      silent("tee", a_pipes_end, another_pipes_start, 5, 0),
      silent("readahead", a_disk_file, 0, 100),
      silent("fadvise64", a_file, 0, 0, POSIX_FADV_WILLNEED),
      silent("sync"),
      silent("syncfs", a_file),
      silent("fsync", a_file),
      silent("fdatasync", a_file),
      silent("sync_file_range", a_disk_file, 0, 0, 2),
      silent("eventfd2", 3, 0),
      silent("epoll_create1", 0),
      silent("epoll_ctl", an_epoll, EPOLL_CTL_ADD, a_pipes_end, lent(kt::EpollEvent{})),
      silent("signalfd4", -1, lent(uint64_t{0x200}), 8, 0),
      silent("timerfd_create", CLOCK_MONOTONIC, 0),
      silent("inotify_init1", 0),
      silent("inotify_add_watch", an_inotify, a_name, IN_MODIFY),
      silent("inotify_rm_watch", a_watching_inotify, 1),
      silent("fanotify_init", 0, O_RDONLY),
      silent("fanotify_mark", a_fanotify, 1, 2, kHere, a_name),
      silent("memfd_create", "name", 0),
      silent("landlock_create_ruleset", lent(uint64_t{1}), 8, 0),
      silent("landlock_add_rule", a_ruleset, 1, [](Arena& a) { return a.object(a_rule()); }, 0),
      after([] { must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs"); },
            silent("landlock_restrict_self", a_ruleset, 0)),
  };
  // clang-format on
}

std::vector<Case> silent_mount_cases() {
  // clang-format off
  std::vector<Case> cases = {
      silent("mount", "none", a_folder, "tmpfs", 0, "size=64k"),
      silent("umount2", a_mount, 0),
      silent("pivot_root", ".", a_folder_in_a_mount),
      silent("open_tree", kHere, "/tmp", 1),
      silent("open_tree_attr", kHere, "/tmp", 1, lent(MountAttributes{1}), sizeof(MountAttributes)),
      silent("move_mount", a_tree, "", kHere, a_folder, 4),
      silent("fsopen", "tmpfs", 0),
      silent("fsconfig", a_context, 1, "size", "64k", 0),
      silent("fsmount", a_finished_context, 0, 0),
      silent("fspick", kHere, a_mount, 0),
      silent("mount_setattr", kHere, a_mount, 0, lent(MountAttributes{1}), sizeof(MountAttributes)),
  };
  // clang-format on
  for (Case& made : cases) made = after(leave_mounts, made);
  return cases;
}

}  // namespace rr::test
