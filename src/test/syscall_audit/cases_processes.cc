// Time, signals, processes and what the kernel tells about them.
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscall_audit/audit.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

int running_timerfd() {
  const int fd = must(::timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
  const itimerspec time{{1, 2}, {100, 0}};
  must(::timerfd_settime(fd, 0, &time, nullptr), "timerfd_settime");
  return fd;
}

int running_timer() {
  int id = -1;
  sigevent quiet{};
  quiet.sigev_notify = SIGEV_NONE;
  must(static_cast<int>(::syscall(SYS_timer_create, CLOCK_MONOTONIC, &quiet, &id)), "timer_create");
  const itimerspec time{{1, 2}, {100, 0}};
  must(static_cast<int>(::syscall(SYS_timer_settime, id, 0, &time, nullptr)), "timer_settime");
  return id;
}

pid_t ended_child() {
  const pid_t child = must(::fork(), "fork");
  if (child == 0) ::_exit(7);
  siginfo_t info;
  must(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), "waitid");
  return child;
}

void block_and_raise(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  must(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
  must(::raise(signal), "raise");
}

kt::Sigset* set_with(Arena& a, int signal) {
  return a.object<kt::Sigset>(uint64_t{1} << (signal - 1));
}

SyscallArguments clone_call(Arena& a, uint64_t flags) {
  return call("clone", flags | SIGCHLD, nullptr, a.space(4), nullptr, a.space(4));
}

SyscallArguments clone3_call(Arena& a, uint64_t flags) {
  const kt::CloneArgs args{.flags = flags,
                           .pidfd = as_argument(a.space(4)),
                           .child_tid = as_argument(a.space(4)),
                           .parent_tid = as_argument(a.space(4)),
                           .exit_signal = SIGCHLD,
                           .stack = 0,
                           .stack_size = 0,
                           .tls = 0,
                           .set_tid = 0,
                           .set_tid_size = 0,
                           .cgroup = 0};
  return call("clone3", a.object(args), sizeof args);
}

constexpr uint32_t kCapabilityVersion3 = 0x20080522;

}  // namespace

std::vector<Case> time_cases() {
  // clang-format off
  return {
      {"timerfd_settime", [](Arena& a) { return call("timerfd_settime", running_timerfd(), 0, a.object(kt::Itimerspec{{0, 0}, {9, 9}}), a.space(32)); }},
      {"timerfd_gettime", [](Arena& a) { return call("timerfd_gettime", running_timerfd(), a.space(32)); }},
      {"getitimer", [](Arena& a) { return call("getitimer", 1, a.space(32)); }},
      {"setitimer", [](Arena& a) { return call("setitimer", 1, a.object(kt::Itimerval{{0, 0}, {100, 0}}), a.space(32)); }},
      {"timer_create", [](Arena& a) { return call("timer_create", 1, nullptr, a.space(4)); }},
      {"timer_create, no such clock", [](Arena& a) { return call("timer_create", 999, nullptr, a.space(4)); }, EINVAL},
      {"timer_gettime", [](Arena& a) { return call("timer_gettime", running_timer(), a.space(32)); }},
      {"timer_settime", [](Arena& a) { return call("timer_settime", running_timer(), 0, a.object(kt::Itimerspec{{0, 0}, {9, 9}}), a.space(32)); }},
      {"clock_gettime", [](Arena& a) { return call("clock_gettime", 1, a.space(16)); }},
      {"clock_getres", [](Arena& a) { return call("clock_getres", 1, a.space(16)); }},
      {"gettimeofday", [](Arena& a) { return call("gettimeofday", a.space(16), a.space(8)); }},
      {"times", [](Arena& a) { return call("times", a.space(32)); }},
      {"adjtimex", [](Arena& a) { return call("adjtimex", a.object(std::array<uint64_t, 26>{})); }},
      {"clock_adjtime", [](Arena& a) { return call("clock_adjtime", 0, a.object(std::array<uint64_t, 26>{})); }},
      {"sched_rr_get_interval", [](Arena& a) { return call("sched_rr_get_interval", 0, a.space(16)); }},
  };
  // clang-format on
}

std::vector<Case> signal_cases() {
  // clang-format off
  return {
      {"sigaltstack", [](Arena& a) { return call("sigaltstack", nullptr, a.space(24)); }},
      {"rt_sigaction", [](Arena& a) { return call("rt_sigaction", SIGUSR1, nullptr, a.space(32), 8); }},
      {"rt_sigprocmask", [](Arena& a) { return call("rt_sigprocmask", SIG_BLOCK, set_with(a, SIGUSR1), a.space(8), 8); }},
      {"rt_sigpending", [](Arena& a) { return call("rt_sigpending", a.space(8), 8); }},
      {"rt_sigpending, half", [](Arena& a) { return call("rt_sigpending", a.space(8), 4); }},
      {"rt_sigtimedwait", [](Arena& a) {
         block_and_raise(SIGUSR1);
         return call("rt_sigtimedwait", set_with(a, SIGUSR1), a.space(128), a.object(kt::Timespec{1, 0}), 8);
       }},
      {"read of a signalfd", [](Arena& a) {
         block_and_raise(SIGUSR2);
         const int fd = static_cast<int>(::syscall(SYS_signalfd4, -1, set_with(a, SIGUSR2), 8, 0));
         return call("read", fd, a.space(300), 300);
       }},
  };
  // clang-format on
}

std::vector<Case> process_cases() {
  // clang-format off
  return {
      {"capget", [](Arena& a) { return call("capget", a.object(kt::CapabilityHeader{kCapabilityVersion3, 0}), a.space(24)); }},
      {"capget, version 1", [](Arena& a) { return call("capget", a.object(kt::CapabilityHeader{0x19980330, 0}), a.space(24)); }},
      {"capget, unknown version", [](Arena& a) { return call("capget", a.object(kt::CapabilityHeader{1, 0}), a.space(24)); }, EINVAL},
      {"capget, asks for the version", [](Arena& a) { return call("capget", a.object(kt::CapabilityHeader{1, 0}), nullptr); }},
      {"capset, unknown version", [](Arena& a) { return call("capset", a.object(kt::CapabilityHeader{1, 0}), a.space(24)); }, EINVAL},
      {"waitid", [](Arena& a) { return call("waitid", P_PID, ended_child(), a.space(128), WEXITED, a.space(144)); }},
      {"waitid, nothing yet", [](Arena& a) {
         const pid_t child = must(::fork(), "fork");
         if (child == 0) { ::sleep(1); ::_exit(0); }
         return call("waitid", P_PID, child, a.space(128), WEXITED | WNOHANG, a.space(144));
       }},
      {"waitid, no child", [](Arena& a) { return call("waitid", P_ALL, 0, a.space(128), WEXITED, a.space(144)); }, ECHILD},
      {"wait4", [](Arena& a) { return call("wait4", ended_child(), a.space(4), 0, a.space(144)); }},
      {"clone", [](Arena& a) { return clone_call(a, CLONE_PARENT_SETTID); }},
      {"clone, a word in shared memory", [](Arena& a) { return clone_call(a, CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID | CLONE_PARENT_SETTID); }},
      {"clone, a pidfd", [](Arena& a) { return clone_call(a, CLONE_PIDFD); }},
      {"clone3", [](Arena& a) { return clone3_call(a, CLONE_PARENT_SETTID | CLONE_PIDFD); }},
      {"clone3, a word in shared memory", [](Arena& a) { return clone3_call(a, CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID); }},
      {"get_robust_list", [](Arena& a) { return call("get_robust_list", 0, a.space(8), a.space(8)); }},
      {"getrlimit", [](Arena& a) { return call("getrlimit", 7, a.space(16)); }},
      {"prlimit64", [](Arena& a) { return call("prlimit64", 0, 7, nullptr, a.space(16)); }},
      {"getrusage", [](Arena& a) { return call("getrusage", 0, a.space(144)); }},
      {"sched_getparam", [](Arena& a) { return call("sched_getparam", 0, a.space(4)); }},
      {"sched_getaffinity", [](Arena& a) { return call("sched_getaffinity", 0, 128, a.space(128)); }},
      {"sched_getattr", [](Arena& a) { return call("sched_getattr", 0, a.space(56), 56, 0); }},
      {"sched_getattr, larger", [](Arena& a) { return call("sched_getattr", 0, a.space(100), 100, 0); }},
      {"sched_setattr, too large", [](Arena& a) {
         std::array<uint32_t, 40> attributes{};
         attributes[0] = sizeof attributes;
         attributes[30] = 1;
         return call("sched_setattr", 0, a.object(attributes), 0);
       }, E2BIG},
      {"getresuid", [](Arena& a) { return call("getresuid", a.space(4), a.space(4), a.space(4)); }},
      {"getresgid", [](Arena& a) { return call("getresgid", a.space(4), a.space(4), a.space(4)); }},
      {"getgroups", [](Arena& a) {
         const std::array<gid_t, 3> groups = {7, 8, 9};
         must(::setgroups(groups.size(), groups.data()), "setgroups");
         return call("getgroups", 20, a.space(80));
       }},
      {"uname", [](Arena& a) { return call("uname", a.space(390)); }},
      {"sysinfo", [](Arena& a) { return call("sysinfo", a.space(112)); }},
      {"getcpu", [](Arena& a) { return call("getcpu", a.space(4), a.space(4), nullptr); }},
      {"getrandom", [](Arena& a) { return call("getrandom", a.space(100), 100, 0); }},
      {"syslog", [](Arena& a) { return call("syslog", 3, a.space(4000), 4000); }},
      {"lsm_get_self_attr", [](Arena& a) { return call("lsm_get_self_attr", 100, a.space(500), a.object<uint32_t>(500), 0); }, 0, {EOPNOTSUPP}},
      {"lsm_get_self_attr, too short", [](Arena& a) { return call("lsm_get_self_attr", 100, a.space(2), a.object<uint32_t>(2), 0); }, E2BIG, {EOPNOTSUPP}},
      {"lsm_list_modules", [](Arena& a) { return call("lsm_list_modules", a.space(200), a.object<uint32_t>(200), 0); }},
      {"lsm_list_modules, a length above all signed ones", [](Arena& a) { return call("lsm_list_modules", a.space(200), a.object<uint32_t>(0xf0000000), 0); }},
      {"lsm_list_modules, too short", [](Arena& a) { return call("lsm_list_modules", a.space(2), a.object<uint32_t>(2), 0); }, E2BIG},
      {"PR_GET_PDEATHSIG", [](Arena& a) { return call("prctl", 2, a.space(4)); }},
      {"PR_GET_NAME", [](Arena& a) { return call("prctl", 16, a.space(16)); }},
      {"PR_GET_TSC", [](Arena& a) { return call("prctl", 25, a.space(4)); }, 0, {EINVAL}},
      {"PR_GET_CHILD_SUBREAPER", [](Arena& a) { return call("prctl", 37, a.space(4)); }},
      {"PR_GET_TID_ADDRESS", [](Arena& a) { return call("prctl", 40, a.space(8)); }},
      {"PR_GET_AUXV",
       [](Arena& a) { return call("prctl", 0x41555856, a.space(1024), 1024); },
       0,
       {EINVAL}},  // from 6.4
      {"SECCOMP_GET_NOTIF_SIZES", [](Arena& a) { return call("seccomp", 3, 0, a.space(6)); }},
      {"PR_SCHED_CORE", [](Arena& a) { return call("prctl", 62, 0, 0, 0, a.space(8)); }, 0, {EINVAL, ENODEV}},
  };
  // clang-format on
}

}  // namespace rr::test
