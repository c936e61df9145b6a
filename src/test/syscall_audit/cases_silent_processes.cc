// Processes, signals, time, memory, queues and sockets: calls that write nothing.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "syscall_audit/silent.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

int made(long result, const char* what) { return must(static_cast<int>(result), what); }

int own() { return ::getpid(); }
int own_pidfd() { return made(::syscall(SYS_pidfd_open, ::getpid(), 0), "pidfd_open"); }
int a_namespace() { return must(::open("/proc/self/ns/uts", O_RDONLY), "open"); }

void block(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  must(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
}
void block_user_signal() { block(SIGUSR1); }
void handle_what_is_pending() {
  ::signal(SIGUSR1, [](int) {});
  block(SIGUSR1);
  must(::raise(SIGUSR1), "raise");
}
siginfo_t* queued(Arena& a) {
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  return a.object(info);
}

int a_timer() {
  int id = -1;
  sigevent quiet{};
  quiet.sigev_notify = SIGEV_NONE;
  made(::syscall(SYS_timer_create, CLOCK_MONOTONIC, &quiet, &id), "timer_create");
  return id;
}
timespec now() {
  timespec time;
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

constexpr size_t kPage = 4096;
constexpr size_t kSize = 4 * kPage;
void* some_memory() {
  void* at = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(at, 1, kSize);
  return at;
}
void* bound_memory() {
  void* at = some_memory();
  const uint64_t nodes = 1;
  made(::syscall(SYS_mbind, at, kSize, 2 /* MPOL_BIND */, &nodes, 2, 0), "mbind");
  return at;
}
kt::Iovec* a_text(Arena& a) { return a.array({kt::Iovec{as_argument(a.text("words")), 5}}); }
kt::Iovec* its_target(Arena& a) { return a.array({kt::Iovec{as_argument(some_memory()), 5}}); }

std::string queue_name() { return "silent-" + std::to_string(::getpid()); }
int an_open_queue() {
  mq_attr attributes{};
  attributes.mq_maxmsg = 4;
  attributes.mq_msgsize = 64;
  return made(::syscall(SYS_mq_open, queue_name().c_str(), O_CREAT | O_RDWR, 0600, &attributes),
              "mq_open");
}
std::string a_queues_name() {
  an_open_queue();
  return queue_name();
}
int a_queue() {
  const int queue = an_open_queue();
  ::syscall(SYS_mq_unlink, queue_name().c_str());
  return queue;
}
int a_message_queue() { return must(::msgget(IPC_PRIVATE, 0600), "msgget"); }
int a_semaphore() { return must(::semget(IPC_PRIVATE, 1, 0600), "semget"); }
int a_segment() { return must(::shmget(IPC_PRIVATE, kPage, 0600), "shmget"); }
void* an_attached_segment() { return ::shmat(a_segment(), nullptr, 0); }
constexpr sembuf kUp = {0, 1, 0};

int a_socket() { return must(::socket(AF_UNIX, SOCK_STREAM, 0), "socket"); }
int a_connected_socket() { return sockets_with(SOCK_STREAM, "words").first; }
sockaddr_un name_of(const char* what) {
  sockaddr_un name{AF_UNIX, {}};
  std::snprintf(&name.sun_path[1], sizeof name.sun_path - 1, "%s-%d", what, ::getpid());
  return name;
}
constexpr int kNameLength = 24;
int a_bound_socket() {
  const int fd = a_socket();
  const sockaddr_un name = name_of("bound");
  must(::bind(fd, reinterpret_cast<const sockaddr*>(&name), kNameLength), "bind");
  return fd;
}
void listen_somewhere() { must(::listen(a_bound_socket(), 1), "listen"); }
sockaddr_un* its_name(Arena& a) { return a.object(name_of("bound")); }
kt::Msghdr* a_message(Arena& a) {
  kt::Msghdr header{};
  header.iov = as_argument(a_text(a));
  header.iov_count = 1;
  return a.object(header);
}

uint32_t* a_word(Arena& a) { return a.object<uint32_t>(1); }
uint64_t* two_waiters(Arena& a) {
  const std::array<uint64_t, 6> waiters = {1, as_argument(a_word(a)), 2,
                                           1, as_argument(a_word(a)), 2};
  return a.object(waiters)->data();
}
int a_key() { return made(::syscall(SYS_add_key, "user", "silent", "payload", 7, -2), "add_key"); }
void leave_names() { must(::unshare(CLONE_NEWUTS), "unshare"); }

}  // namespace

std::vector<Case> silent_process_cases() {
  // clang-format off
  return {
      silent("personality", 0xffffffff),
      silent("set_tid_address", lent(0)),
      silent("set_robust_list", lent(std::array<uint64_t, 3>{}), 24),
      silent("unshare", CLONE_FS),
      silent("setns", a_namespace, 0),
      silent("ioprio_set", 1, 0, 2 << 13),
      silent("ioprio_get", 1, 0),
      silent("sched_setparam", 0, lent(0)),
      silent("sched_setscheduler", 0, SCHED_OTHER, lent(0)),
      silent("sched_getscheduler", 0),
      silent("sched_setaffinity", 0, 8, lent(uint64_t{1})),
      silent("sched_yield"),
      silent("sched_get_priority_max", SCHED_FIFO),
      silent("sched_get_priority_min", SCHED_FIFO),
      silent("setpriority", 0, 0, 5),
      silent("getpriority", 0, 0),
      silent("getpid"), silent("getppid"), silent("gettid"), silent("setsid"),
      silent("setpgid", 0, 0), silent("getpgid", 0), silent("getsid", 0),
      silent("getuid"), silent("geteuid"), silent("getgid"), silent("getegid"),
      silent("setuid", 5), silent("setreuid", 5, 5), silent("setresuid", 5, 5, 5), silent("setfsuid", 5),
      silent("setgid", 5), silent("setregid", 5, 5), silent("setresgid", 5, 5, 5), silent("setfsgid", 5),
      silent("setgroups", 2, lent(std::array<uint32_t, 2>{7, 8})),
      after(leave_names, silent("sethostname", "audit", 5)),
      after(leave_names, silent("setdomainname", "audit", 5)),
      silent("setrlimit", 7, lent(kt::Rlimit{100, 200})),
      silent("umask", 022),
      silent("vhangup"),
      failing(ENOENT, silent("execve", "/no such program", nullptr, nullptr)),
      failing(ENOENT, silent("execveat", AT_FDCWD, "/no such program", nullptr, nullptr, 0)),
      silent("kcmp", own, own, 0, 0, 0),
      silent("membarrier", 0, 0, 0),
      silent("pidfd_open", own, 0),
      silent("pidfd_getfd", own_pidfd, 2, 0),
      silent("pidfd_send_signal", own_pidfd, 0, nullptr, 0),
      failing(EINVAL, silent("process_mrelease", own_pidfd, 0)),
      failing(EOPNOTSUPP, silent("lsm_set_self_attr", 100, lent(std::array<uint64_t, 4>{0, 0, 32, 0}), 32, 0)),
      silent("kill", own, 0),
      silent("tkill", own, 0),
      silent("tgkill", own, own, 0),
      after(block_user_signal, silent("rt_sigqueueinfo", own, SIGUSR1, queued)),
      after(block_user_signal, silent("rt_tgsigqueueinfo", own, own, SIGUSR1, queued)),
      failing(EINTR, after(handle_what_is_pending, silent("rt_sigsuspend", lent(uint64_t{0}), 8))),
      failing(EINTR, silent("restart_syscall")),
      silent("timer_getoverrun", a_timer),
      silent("timer_delete", a_timer),
      silent("clock_settime", CLOCK_REALTIME, [](Arena& a) { return a.object(now()); }),
      silent("settimeofday", [](Arena& a) { return a.object(kt::Timeval{now().tv_sec, 0}); }, nullptr),
      silent("futex_wake", a_word, 0xffffffff, 1, 2),
      failing(EAGAIN, silent("futex_wait", a_word, 2, 0xffffffff, 2, nullptr, 0)),
      silent("futex_requeue", two_waiters, 0, 1, 1),
      silent("add_key", "user", "silent", "payload", 7, -2),
      after(a_key, silent("request_key", "user", "silent", nullptr, -2)),
  };
  // clang-format on
}

std::vector<Case> silent_memory_cases() {
  // clang-format off
  return {
      silent("brk", nullptr),
      silent("mmap", nullptr, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      silent("munmap", some_memory, kPage),
      silent("mremap", some_memory, kSize, kPage, 0, 0),
      silent("mprotect", some_memory, kPage, PROT_READ),
      silent("pkey_mprotect", some_memory, kPage, PROT_READ, -1),
      lacking({EINVAL}, silent("pkey_free", 0)),
      silent("msync", some_memory, kSize, MS_SYNC),
      silent("mlock", some_memory, kSize),
      silent("mlock2", some_memory, kSize, 0),
      silent("munlock", some_memory, kSize),
      silent("mlockall", MCL_CURRENT),
      silent("munlockall"),
      silent("madvise", some_memory, kSize, MADV_DONTNEED),
      silent("mbind", some_memory, kSize, 0, nullptr, 0, 0),
      silent("set_mempolicy", 0, nullptr, 0),
      silent("set_mempolicy_home_node", bound_memory, kSize, 0, 0),
      silent("migrate_pages", 0, 2, lent(uint64_t{1}), lent(uint64_t{1})),
      silent("mseal", some_memory, kSize, 0),
      silent("process_vm_writev", own, a_text, 1, its_target, 1, 0),
      silent("shmget", IPC_PRIVATE, kPage, 0600),
      silent("shmat", a_segment, nullptr, 0),
      silent("shmdt", an_attached_segment),
      silent("msgget", IPC_PRIVATE, 0600),
      silent("msgsnd", a_message_queue, lent(std::array<uint64_t, 2>{1, 2}), 8, 0),
      silent("semget", IPC_PRIVATE, 1, 0600),
      silent("semop", a_semaphore, lent(kUp), 1),
      silent("semtimedop", a_semaphore, lent(kUp), 1, nullptr),
      silent("mq_open", queue_name, O_CREAT | O_RDWR, 0600, nullptr),
      silent("mq_unlink", a_queues_name),
      silent("mq_timedsend", a_queue, "words", 5, 0, nullptr),
      silent("mq_notify", a_queue, nullptr),
      silent("socket", AF_UNIX, SOCK_STREAM, 0),
      silent("bind", a_socket, its_name, kNameLength),
      silent("listen", a_bound_socket, 1),
      after(listen_somewhere, silent("connect", a_socket, its_name, kNameLength)),
      silent("sendto", a_connected_socket, "words", 5, 0, nullptr, 0),
      silent("sendmsg", a_connected_socket, a_message, 0),
      silent("shutdown", a_connected_socket, SHUT_RDWR),
      silent("setsockopt", a_socket, SOL_SOCKET, SO_REUSEADDR, lent(1), 4),
  };
  // clang-format on
}

}  // namespace rr::test
