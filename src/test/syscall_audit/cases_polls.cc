// Waiting for descriptors, and what they are made by.
#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "syscall_audit/audit.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

int epoll_with_event() {
  const int epoll = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {.u64 = 77}};
  must(::epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_with("ready").first, &event), "epoll_ctl");
  return epoll;
}

uint64_t* set_of(Arena& a, int fd) {
  std::array<uint64_t, 4> words{};
  words.at(static_cast<size_t>(fd) / 64) = uint64_t{1} << (fd % 64);
  return reinterpret_cast<uint64_t*>(a.object(words));
}

SyscallArguments select_call(Arena& a) {
  const Pair pipe = pipe_with("ready");
  return call("pselect6", pipe.second + 200, set_of(a, pipe.second), set_of(a, pipe.first),
              set_of(a, pipe.first), a.object(kt::Timespec{3, 500}), nullptr);
}

void interrupt_soon() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  must(::sigaction(SIGVTALRM, &action, nullptr), "sigaction");
  must(::sigaction(SIGPROF, &action, nullptr), "sigaction");
  struct sigaction alarm {};
  alarm.sa_handler = [](int) {};
  must(::sigaction(SIGALRM, &alarm, nullptr), "sigaction");
  const itimerval soon{{0, 0}, {0, 20000}};
  must(::setitimer(ITIMER_REAL, &soon, nullptr), "setitimer");
}

}  // namespace

std::vector<Case> poll_cases() {
  return {
      {"epoll_pwait",
       [](Arena& a) {
         return call("epoll_pwait", epoll_with_event(), a.space(32), 2, 0, nullptr, 8);
       }},
      {"epoll_pwait2",
       [](Arena& a) {
         return call("epoll_pwait2", epoll_with_event(), a.space(32), 2,
                     a.object(kt::Timespec{1, 0}), nullptr, 8);
       }},
      {"pselect6", [](Arena& a) { return select_call(a); }},
      {"pselect6, interrupted",
       [](Arena& a) {
         interrupt_soon();
         const Pair pipe = pipe_with("");
         return call("pselect6", pipe.second + 1, set_of(a, pipe.first), nullptr, nullptr,
                     a.object(kt::Timespec{3, 500}), nullptr);
       },
       EINTR},
      {"ppoll",
       [](Arena& a) {
         const Pair pipe = pipe_with("ready");
         return call(
             "ppoll",
             a.array({kt::Pollfd{pipe.first, POLLIN, 0}, kt::Pollfd{pipe.second, POLLIN, 0}}), 2,
             a.object(kt::Timespec{3, 500}), nullptr, 8);
       }},
      {"ppoll, interrupted",
       [](Arena& a) {
         interrupt_soon();
         return call("ppoll", a.array({kt::Pollfd{pipe_with("").first, POLLIN, 0x7777}}), 1,
                     a.object(kt::Timespec{3, 500}), nullptr, 8);
       },
       EINTR},
      {"pipe2", [](Arena& a) { return call("pipe2", a.space(8), 0); }},
      {"socketpair", [](Arena& a) { return call("socketpair", 1, 1, 0, a.space(8)); }},
      {"nanosleep, interrupted",
       [](Arena& a) {
         interrupt_soon();
         return call("nanosleep", a.object(kt::Timespec{3, 0}), a.space(16));
       },
       EINTR},
      {"clock_nanosleep, interrupted",
       [](Arena& a) {
         interrupt_soon();
         return call("clock_nanosleep", 1, 0, a.object(kt::Timespec{3, 0}), a.space(16));
       },
       EINTR},
  };
}

}  // namespace rr::test
