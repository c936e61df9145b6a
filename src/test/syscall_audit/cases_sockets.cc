// Sockets: names, messages, options.
#include <array>
#include <cerrno>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "syscall_audit/audit.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

constexpr uint32_t kNameSpace = 128;

// A header with room for everything.
kt::Msghdr header(Arena& a, uint32_t name_length = kNameSpace) {
  const kt::Iovec first{as_argument(a.space(3)), 3};
  const kt::Iovec second{as_argument(a.space(40)), 40};
  return {.name = as_argument(a.space(name_length)),
          .name_length = name_length,
          .iov = as_argument(a.array({first, second})),
          .iov_count = 2,
          .control = as_argument(a.space(64)),
          .control_length = 64,
          .flags = 0x7777};
}

// The first end gets a descriptor and the sender's credentials with the message.
int socket_with_descriptor() {
  const Pair sockets = sockets_with(SOCK_DGRAM, "first");
  const int on = 1;
  must(::setsockopt(sockets.first, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), "SO_PASSCRED");
  std::array<char, 8> drained;
  must(static_cast<int>(::recv(sockets.first, drained.data(), drained.size(), 0)), "recv");
  std::array<char, 7> words = {'m', 'e', 's', 's', 'a', 'g', 'e'};
  iovec piece{words.data(), words.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int sent = STDERR_FILENO;
  std::memcpy(CMSG_DATA(rights), &sent, sizeof sent);
  must(static_cast<int>(::sendmsg(sockets.second, &message, 0)), "sendmsg");
  return sockets.first;
}

SyscallArguments option(Arena& a, int fd, int level, int name, size_t size) {
  return call("getsockopt", fd, level, name, a.space(size), a.object(static_cast<uint32_t>(size)));
}

int stream_socket() { return must(::socket(AF_INET, SOCK_STREAM, 0), "socket"); }

int filtered_socket() {
  const int fd = must(::socket(AF_INET, SOCK_DGRAM, 0), "socket");
  std::array<sock_filter, 2> filter = {
      {BPF_STMT(BPF_LD | BPF_IMM, 5), BPF_STMT(BPF_RET | BPF_K, 0xffff)}};
  const sock_fprog program{filter.size(), filter.data()};
  must(::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program),
       "SO_ATTACH_FILTER");
  return fd;
}

SyscallArguments receive_many(Arena& a, kt::Timespec* time) {
  const Pair sockets = sockets_with(SOCK_DGRAM, "one");
  must(static_cast<int>(::send(sockets.second, "second", 6, 0)), "send");
  auto* headers = a.array({kt::Mmsghdr{header(a), 0x1111}, kt::Mmsghdr{header(a), 0x1111},
                           kt::Mmsghdr{header(a), 0x1111}});
  return call("recvmmsg", sockets.first, headers, 3, MSG_DONTWAIT, time);
}

}  // namespace

std::vector<Case> socket_cases() {
  // clang-format off
  return {
      {"accept", [](Arena& a) { return call("accept", listener_with_peer(), a.space(kNameSpace), a.object(kNameSpace)); }},
      {"accept, a short name", [](Arena& a) { return call("accept", listener_with_peer(), a.space(5), a.object<uint32_t>(5)); }},
      {"accept4", [](Arena& a) { return call("accept4", listener_with_peer(), a.space(kNameSpace), a.object(kNameSpace), 0); }},
      {"getsockname", [](Arena& a) { return call("getsockname", internet_sockets().first, a.space(kNameSpace), a.object(kNameSpace)); }},
      {"getpeername", [](Arena& a) { return call("getpeername", internet_sockets().first, a.space(kNameSpace), a.object(kNameSpace)); }},
      {"getpeername, cut", [](Arena& a) { return call("getpeername", internet_sockets().first, a.space(3), a.object<uint32_t>(3)); }},
      {"recvfrom", [](Arena& a) { return call("recvfrom", sockets_with(SOCK_DGRAM, "words").first, a.space(50), 50, 0, a.space(kNameSpace), a.object(kNameSpace)); }},
      {"recvfrom, MSG_TRUNC", [](Arena& a) { return call("recvfrom", sockets_with(SOCK_DGRAM, "words").first, a.space(2), 2, MSG_TRUNC, a.space(kNameSpace), a.object(kNameSpace)); }},
      {"recvmsg", [](Arena& a) { return call("recvmsg", sockets_with(SOCK_DGRAM, "some words").first, a.object(header(a)), 0); }},
      {"recvmsg, a short name", [](Arena& a) { return call("recvmsg", sockets_with(SOCK_DGRAM, "some words").first, a.object(header(a, 4)), 0); }},
      {"recvmsg, MSG_TRUNC", [](Arena& a) {
         kt::Msghdr cut = header(a);
         cut.iov_count = 1;
         return call("recvmsg", sockets_with(SOCK_DGRAM, "some words").first, a.object(cut), MSG_TRUNC);
       }},
      {"recvmsg, a descriptor and credentials", [](Arena& a) { return call("recvmsg", socket_with_descriptor(), a.object(header(a)), 0); }},
      {"recvmsg, control data cut", [](Arena& a) {
         kt::Msghdr cut = header(a);
         cut.control_length = 20;
         return call("recvmsg", socket_with_descriptor(), a.object(cut), 0);
       }},
      {"recvmsg, nothing there", [](Arena& a) {
         const int fd = must(::socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
         return call("recvmsg", fd, a.object(header(a)), MSG_DONTWAIT);
       }, EAGAIN},
      {"recvmmsg", [](Arena& a) { return receive_many(a, a.object(kt::Timespec{5, 0})); }},
      {"recvmmsg, no time", [](Arena& a) { return receive_many(a, nullptr); }},
      {"sendmmsg", [](Arena& a) {
         const auto message = [&](const char* words, uint64_t n) {
           const kt::Iovec piece{as_argument(a.text(words)), n};
           return kt::Mmsghdr{{.name = 0, .name_length = 0, .iov = as_argument(a.array({piece})), .iov_count = 1, .control = 0, .control_length = 0, .flags = 0}, 0x7777};
         };
         return call("sendmmsg", sockets_with(SOCK_STREAM, "").second, a.array({message("one", 3), message("three", 5)}), 2, 0);
       }},
      {"getsockopt SO_TYPE", [](Arena& a) { return option(a, stream_socket(), SOL_SOCKET, SO_TYPE, 4); }},
      {"getsockopt SO_TYPE, cut", [](Arena& a) { return option(a, stream_socket(), SOL_SOCKET, SO_TYPE, 2); }},
      {"getsockopt SO_TYPE, larger", [](Arena& a) { return option(a, stream_socket(), SOL_SOCKET, SO_TYPE, 40); }},
      {"getsockopt SO_PEERCRED", [](Arena& a) { return option(a, sockets_with(SOCK_STREAM, "").first, SOL_SOCKET, SO_PEERCRED, 12); }},
      {"getsockopt SO_PEERGROUPS", [](Arena& a) { return option(a, sockets_with(SOCK_STREAM, "").first, SOL_SOCKET, 59, 400); }},
      {"getsockopt SO_PEERSEC", [](Arena& a) { return option(a, sockets_with(SOCK_STREAM, "").first, SOL_SOCKET, SO_PEERSEC, 400); }, 0, {ENOPROTOOPT}},
      {"getsockopt SO_LINGER", [](Arena& a) { return option(a, stream_socket(), SOL_SOCKET, SO_LINGER, 8); }},
      {"getsockopt SO_GET_FILTER", [](Arena& a) { return call("getsockopt", filtered_socket(), SOL_SOCKET, 26, a.space(80), a.object<uint32_t>(10)); }},
      {"getsockopt SO_GET_FILTER, how many", [](Arena& a) { return call("getsockopt", filtered_socket(), SOL_SOCKET, 26, nullptr, a.object<uint32_t>(0)); }},
      {"getsockopt TCP_INFO", [](Arena& a) { return option(a, internet_sockets().first, IPPROTO_TCP, 11, 300); }},
      {"getsockopt TCP_CONGESTION", [](Arena& a) { return option(a, stream_socket(), IPPROTO_TCP, 13, 16); }},
      {"getsockopt TCP_CC_INFO", [](Arena& a) { return option(a, internet_sockets().first, IPPROTO_TCP, 26, 64); }},
      {"getsockopt IP_TTL", [](Arena& a) { return option(a, stream_socket(), IPPROTO_IP, 2, 4); }},
      {"getsockopt IP_OPTIONS", [](Arena& a) { return option(a, stream_socket(), IPPROTO_IP, 4, 40); }},
      {"getsockopt IP_MSFILTER", [](Arena& a) {
         const int fd = must(::socket(AF_INET, SOCK_DGRAM, 0), "socket");
         const std::array<uint32_t, 3> join = {htonl(0xe0000105), 0, 0};
         ip_mreqn request{{join[0]}, {htonl(INADDR_LOOPBACK)}, 1};
         must(::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request), "IP_ADD_MEMBERSHIP");
         const std::array<uint32_t, 8> filter = {join[0], htonl(INADDR_LOOPBACK), 1, 4, 0, 0, 0, 0};
         return call("getsockopt", fd, IPPROTO_IP, 41, a.object(filter), a.object<uint32_t>(32));
       }},
      {"getsockopt NETLINK_LIST_MEMBERSHIPS", [](Arena& a) {
         const int fd = must(::socket(AF_NETLINK, SOCK_RAW, 0), "socket");
         const int group = 1;
         must(::setsockopt(fd, 270, 1, &group, sizeof group), "NETLINK_ADD_MEMBERSHIP");
         return option(a, fd, 270, 9, 64);
       }},
      {"getsockopt NETLINK_LIST_MEMBERSHIPS, cut", [](Arena& a) {
         const int fd = must(::socket(AF_NETLINK, SOCK_RAW, 0), "socket");
         const int group = 1;
         must(::setsockopt(fd, 270, 1, &group, sizeof group), "NETLINK_ADD_MEMBERSHIP");
         return option(a, fd, 270, 9, 2);
       }},
      {"getsockopt, no such option", [](Arena& a) { return option(a, stream_socket(), IPPROTO_TCP, 9999, 4); }, ENOPROTOOPT},
  };
  // clang-format on
}

}  // namespace rr::test
