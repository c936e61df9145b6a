// ioctl's commands that write nothing.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscall_audit/silent.h"
#include "syscall_audit/surroundings.h"

namespace rr::test {
namespace {

int a_slave() { return terminal().second; }
int a_master() { return terminal().first; }
int a_console() { return must(::open("/dev/tty1", O_RDWR | O_NOCTTY | O_NONBLOCK), "/dev/tty1"); }
int a_line() {
  return must(::open("/dev/ttyAMA0", O_RDWR | O_NOCTTY | O_NONBLOCK), "/dev/ttyAMA0");
}
int a_clock() { return must(::open("/dev/rtc0", O_RDONLY), "/dev/rtc0"); }
int a_generator() { return must(::open("/dev/random", O_RDWR), "/dev/random"); }
int own_pidfd_of_ioctl() {
  return must(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)), "pidfd_open");
}
int own_user_namespace() { return must(::open("/proc/self/ns/user", O_RDONLY), "open"); }
int own_pid_namespace() { return must(::open("/proc/self/ns/pid", O_RDONLY), "open"); }
int a_child_user_namespace() {
  must(::unshare(CLONE_NEWUSER), "unshare");
  return own_user_namespace();
}
void lead_a_session() { must(::setsid(), "setsid"); }
int a_controlling_terminal() {
  lead_a_session();
  const int slave = a_slave();
  must(::ioctl(slave, TIOCSCTTY, 0), "TIOCSCTTY");
  return slave;
}

// What a terminal tells, to be given back.
template <unsigned long Command, size_t Size, int (*Open)()>
auto as_it_is() {
  return [](Arena& a) {
    std::byte* at = a.space(Size);
    must(::ioctl(Open(), Command, at), "as it is");
    return at;
  };
}

int a_loop() { return loop_device(); }
int a_loops_control() { return must(::open("/dev/loop-control", O_RDWR), "/dev/loop-control"); }
int a_free_loop() {
  const int number = must(::ioctl(a_loops_control(), LOOP_CTL_GET_FREE), "LOOP_CTL_GET_FREE");
  return must(::open(("/dev/loop" + std::to_string(number)).c_str(), O_RDWR), "loop");
}
int a_backing_file() {
  const int fd = open_new_file();
  must(::ftruncate(fd, 1 << 20), "ftruncate");
  return fd;
}
loop_config* a_configuration(Arena& a) {
  loop_config config{};
  config.fd = static_cast<uint32_t>(a_backing_file());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  return a.object(config);
}

// Nobody outside sees what becomes of it.
void leave_network() {
  must(::unshare(CLONE_NEWNET), "unshare");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  const int fd = must(::socket(AF_INET, SOCK_DGRAM, 0), "socket");
  must(::ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
}
rtentry* a_route(Arena& a) {
  rtentry route{};
  reinterpret_cast<sockaddr_in&>(route.rt_dst) = {AF_INET, 0, {htonl(0x0a610000)}, {}};
  reinterpret_cast<sockaddr_in&>(route.rt_genmask) = {AF_INET, 0, {htonl(0xffff0000)}, {}};
  route.rt_flags = RTF_UP;
  route.rt_dev = a.object(std::array<char, IFNAMSIZ>{'l', 'o'})->data();
  return a.object(route);
}
rtentry* a_known_route(Arena& a) {
  rtentry* route = a_route(a);
  must(::ioctl(::socket(AF_INET, SOCK_DGRAM, 0), SIOCADDRT, route), "SIOCADDRT");
  return route;
}
int a_datagram_socket() { return must(::socket(AF_INET, SOCK_DGRAM, 0), "socket"); }

ifreq loopback_request() {
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  return request;
}
auto with_address(uint32_t address) {
  ifreq request = loopback_request();
  auto& name = reinterpret_cast<sockaddr_in&>(request.ifr_addr);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address);
  return lent(request);
}
auto with_number(int number) {
  ifreq request = loopback_request();
  request.ifr_mtu = number;
  return lent(request);
}
Case about_network(int command, auto argument) {
  return after(leave_network, silent("ioctl", a_datagram_socket, command, argument));
}

}  // namespace

std::vector<Case> silent_terminal_cases() {
  const auto termios = as_it_is<TCGETS, 36, a_slave>();
  const auto termio = as_it_is<TCGETA, 18, a_slave>();
  // clang-format off
  return {
      silent("ioctl", a_slave, TCSETS, termios), silent("ioctl", a_slave, TCSETSW, termios), silent("ioctl", a_slave, TCSETSF, termios),
      silent("ioctl", a_slave, TCSETA, termio), silent("ioctl", a_slave, TCSETAW, termio), silent("ioctl", a_slave, TCSETAF, termio),
      silent("ioctl", a_slave, TCSBRK, 1),
      silent("ioctl", a_slave, TCSBRKP, 0),
      silent("ioctl", a_slave, TCXONC, 1),
      silent("ioctl", a_slave, TCFLSH, 2),
      silent("ioctl", a_slave, TIOCEXCL), silent("ioctl", a_slave, TIOCNXCL),
      after(lead_a_session, silent("ioctl", a_slave, TIOCSCTTY, 0)),
      silent("ioctl", a_controlling_terminal, TIOCSPGRP, [](Arena& a) { return a.object(::getpgrp()); }),
      after([] { ::signal(SIGHUP, SIG_IGN); }, silent("ioctl", a_controlling_terminal, TIOCNOTTY)),
      lacking({EIO}, silent("ioctl", a_slave, TIOCSTI, "x")),
      silent("ioctl", a_slave, TIOCSWINSZ, lent(winsize{24, 80, 0, 0})),
      silent("ioctl", a_slave, TIOCSSOFTCAR, lent(1)),
      silent("ioctl", a_master, TIOCPKT, lent(1)),
      silent("ioctl", a_master, TIOCGPTPEER, O_RDWR | O_NOCTTY),
      silent("ioctl", a_slave, FIONBIO, lent(1)),
      silent("ioctl", a_slave, FIOASYNC, lent(0)),
      silent("ioctl", a_slave, FIOCLEX), silent("ioctl", a_slave, FIONCLEX),
      silent("ioctl", a_slave, TIOCSETD, lent(0)),
      silent("ioctl", a_slave, TIOCSBRK), silent("ioctl", a_slave, TIOCCBRK),
      silent("ioctl", a_slave, TIOCSLCKTRMIOS, lent(std::array<char, 36>{})),
      silent("ioctl", a_slave, TIOCVHANGUP),
      silent("ioctl", a_console, 0x4b2f /* KIOCSOUND */, 0),
      silent("ioctl", a_console, 0x4b30 /* KDMKTONE */, 0),
      silent("ioctl", a_console, 0x4b32 /* KDSETLED */, 0xff),
      silent("ioctl", a_console, 0x4b3a /* KDSETMODE */, 0),
      silent("ioctl", a_console, 0x4b45 /* KDSKBMODE */, 3),
      silent("ioctl", a_console, 0x4b4e /* KDSIGACCEPT */, SIGUSR1),
      silent("ioctl", a_console, 0x4b63 /* KDSKBMETA */, 3),
      silent("ioctl", a_console, 0x4b65 /* KDSKBLED */, 0),
      silent("ioctl", a_console, 0x4b41 /* PIO_SCRNMAP */, as_it_is<0x4b40, 256, a_console>()),
      silent("ioctl", a_console, 0x4b6a /* PIO_UNISCRNMAP */, as_it_is<0x4b69, 512, a_console>()),
      silent("ioctl", a_console, 0x4b71 /* PIO_CMAP */, as_it_is<0x4b70, 48, a_console>()),
      silent("ioctl", a_console, 0x4b4b /* KDSKBDIACR */, as_it_is<0x4b4a, 772, a_console>()),
      silent("ioctl", a_console, 0x4bfb /* KDSKBDIACRUC */, as_it_is<0x4bfa, 3076, a_console>()),
      silent("ioctl", a_console, 0x4b47 /* KDSKBENT */, lent(std::array<uint8_t, 4>{0, 200, 0, 0xf2})),
      silent("ioctl", a_console, 0x4b49 /* KDSKBSENT */, lent(std::array<char, 513>{'\5'})),
      silent("ioctl", a_console, 0x5602 /* VT_SETMODE */, lent(std::array<char, 8>{})),
      silent("ioctl", a_console, 0x5606 /* VT_ACTIVATE */, 1),
      silent("ioctl", a_console, 0x5607 /* VT_WAITACTIVE */, 1),
      lacking({EBUSY}, silent("ioctl", a_console, 0x5608 /* VT_DISALLOCATE */, 12)),
      silent("ioctl", a_line, TIOCMBIS, lent(TIOCM_RTS)), silent("ioctl", a_line, TIOCMBIC, lent(TIOCM_RTS)),
      silent("ioctl", a_line, TIOCMSET, as_it_is<TIOCMGET, 4, a_line>()),
      silent("ioctl", a_line, TIOCSSERIAL, as_it_is<TIOCGSERIAL, 72, a_line>()),
      silent("ioctl", a_console, 0x560b /* VT_LOCKSWITCH */), silent("ioctl", a_console, 0x560c /* VT_UNLOCKSWITCH */),
  };
  // clang-format on
}

std::vector<Case> silent_device_cases() {
  // clang-format off
  return {
      silent("ioctl", a_loop, BLKROSET, lent(0)),
      lacking({EINVAL}, silent("ioctl", a_loop, BLKRRPART)),
      silent("ioctl", a_loop, BLKFLSBUF),
      silent("ioctl", a_loop, BLKRASET, 256), silent("ioctl", a_loop, BLKFRASET, 256),
      silent("ioctl", a_loop, BLKDISCARD, lent(std::array<uint64_t, 2>{0, 4096})),
      silent("ioctl", a_loop, BLKZEROOUT, lent(std::array<uint64_t, 2>{0, 4096})),
      silent("ioctl", a_free_loop, LOOP_CONFIGURE, a_configuration),
      silent("ioctl", a_free_loop, LOOP_SET_FD, a_backing_file),
      silent("ioctl", a_loop, LOOP_CLR_FD),
      silent("ioctl", a_loop, LOOP_SET_STATUS, lent(std::array<char, 168>{})),
      silent("ioctl", a_loop, LOOP_SET_STATUS64, lent(loop_info64{})),
      silent("ioctl", a_loop, LOOP_SET_CAPACITY),
      silent("ioctl", a_loop, LOOP_SET_DIRECT_IO, 0),
      silent("ioctl", a_loop, LOOP_SET_BLOCK_SIZE, 1024),
      silent("ioctl", a_loops_control, LOOP_CTL_GET_FREE),
      silent("ioctl", a_generator, 0x5204 /* RNDZAPENTCNT */), silent("ioctl", a_generator, 0x5206 /* RNDCLEARPOOL */),
      silent("ioctl", a_generator, 0x5207 /* RNDRESEEDCRNG */),
      silent("ioctl", a_clock, 0x7002 /* RTC_AIE_OFF */), silent("ioctl", a_clock, 0x7004 /* RTC_UIE_OFF */),
      silent("ioctl", a_clock, 0x7006 /* RTC_PIE_OFF */),
      silent("ioctl", own_user_namespace, 0xb703 /* NS_GET_NSTYPE */),
      silent("ioctl", own_pid_namespace, 0xb701 /* NS_GET_USERNS */),
      failing(EPERM, silent("ioctl", a_child_user_namespace, 0xb702 /* NS_GET_PARENT */)),
      lacking({ENOTTY}, silent("ioctl", own_pid_namespace, 0x8004b706 /* NS_GET_PID_FROM_PIDNS */, 1)),
      lacking({ENOTTY}, silent("ioctl", own_pid_namespace, 0x8004b707, 1)),
      lacking({ENOTTY}, silent("ioctl", own_pid_namespace, 0x8004b708, 1)),
      lacking({ENOTTY}, silent("ioctl", own_pid_namespace, 0x8004b709, 1)),
      silent("ioctl", [] { return sockets_with(SOCK_STREAM, "x").first; }, 0x894c /* SIOCGSKNS */),
      silent("ioctl", a_datagram_socket, 0x8901 /* FIOSETOWN */, lent(0)),
      silent("ioctl", a_datagram_socket, 0x8902 /* SIOCSPGRP */, lent(0)),
      about_network(SIOCSIFFLAGS, with_number(IFF_UP)),
      about_network(SIOCSIFADDR, with_address(0x7f000001)),
      about_network(SIOCSIFBRDADDR, with_address(0x7fffffff)),
      about_network(SIOCSIFDSTADDR, with_address(0x7f000002)),
      about_network(SIOCSIFNETMASK, with_address(0xffff0000)),
      about_network(SIOCADDRT, a_route),
      about_network(SIOCDELRT, a_known_route),
      about_network(SIOCSIFMTU, with_number(2000)),
      about_network(SIOCSIFTXQLEN, with_number(77)),
  };
  // clang-format on
}

std::vector<Case> silent_namespace_cases() {
  std::vector<Case> cases;
  for (uint32_t command = 0xff01; command <= 0xff0a; ++command)  // PIDFD_GET_*_NAMESPACE
    cases.push_back(lacking({ENOTTY, EINVAL}, silent("ioctl", own_pidfd_of_ioctl, command, 0)));
  return cases;
}

}  // namespace rr::test
