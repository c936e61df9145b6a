// ioctl's commands for block devices, sockets and network devices.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syscall_audit/audit.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

int datagram_socket() { return must(::socket(AF_INET, SOCK_DGRAM, 0), "socket"); }

// The request about the loopback device.
ifreq about_loopback() {
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  return request;
}

SyscallArguments about_loopback(Arena& a, uint32_t command) {
  return call("ioctl", datagram_socket(), command, a.object(about_loopback()));
}

int tun() {
  std::system("/sbin/modprobe tun 2>/dev/null");
  return must(::open("/dev/net/tun", O_RDWR), "/dev/net/tun");
}

ifreq tun_request() {
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  return request;
}

int attached_tun() {
  const int fd = tun();
  ifreq request = tun_request();
  must(::ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
  return fd;
}

// A folder on a new file system; the file system goes with the process's mount namespace.
std::string mounted(const char* type, const char* maker) {
  must(::unshare(CLONE_NEWNS), "unshare");
  must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
  const int loop = loop_device(maker);
  const std::string device = ::realpath(("/proc/self/fd/" + std::to_string(loop)).c_str(), nullptr);
  const std::string folder = new_folder();
  must(::mount(device.c_str(), folder.c_str(), type, 0, nullptr), type);
  return folder;
}

int file_in(const std::string& folder) {
  const int fd = must(::open((folder + "/file").c_str(), O_RDWR | O_CREAT, 0600), "open");
  must(static_cast<int>(::write(fd, std::string(8192, 'x').data(), 8192)), "write");
  must(::fsync(fd), "fsync");
  return fd;
}

SyscallArguments measure_verity(Arena& a) {
  const std::string folder = mounted("ext4", "/sbin/mke2fs -q -t ext4 -b 4096 -O verity");
  ::close(file_in(folder));
  const int fd = must(::open((folder + "/file").c_str(), O_RDONLY), "open");
  std::array<uint64_t, 16> enable{};
  enable[0] = 1 | uint64_t{1} << 32;  // version 1, SHA-256
  enable[1] = 4096;                   // block size
  must(::ioctl(fd, 0x40806685, enable.data()), "FS_IOC_ENABLE_VERITY");
  std::byte* digest = a.space(4 + 64);
  const std::array<uint16_t, 2> head = {0, 64};
  std::memcpy(digest, head.data(), sizeof head);
  return call("ioctl", fd, 0xc0046686, digest);
}

SyscallArguments encryption_policy(Arena& a) {
  const std::string folder =
      mounted("ext4", "/sbin/mke2fs -q -t ext4 -b 4096 -O encrypt") + "/secret";
  must(::mkdir(folder.c_str(), 0700), "mkdir");
  const int fd = must(::open(folder.c_str(), O_RDONLY | O_DIRECTORY), "open");
  std::array<uint8_t, 24> policy{2, 1, 4, 3};
  must(::ioctl(fd, 0x800c6613, policy.data()), "FS_IOC_SET_ENCRYPTION_POLICY");
  std::byte* asked = a.space(8 + 24);
  const uint64_t size = 24;
  std::memcpy(asked, &size, sizeof size);
  return call("ioctl", fd, 0xc0096616, asked);
}

SyscallArguments deduplication(Arena& a) {
  const int fd = file_in(mounted("btrfs", "/sbin/mkfs.btrfs -q"));
  std::byte* range = a.space(24 + 2 * 32);
  std::memset(range, 0, 24 + 2 * 32);
  const kt::DedupeRange head{0, 4096, 2, 0, 0};
  std::memcpy(range, &head, sizeof head);
  for (const size_t at : {24u, 56u}) {
    const std::array<int64_t, 2> destination = {fd, 4096};
    std::memcpy(range + at, destination.data(), sizeof destination);
  }
  return call("ioctl", fd, 0xc0189436, range);
}

int btrfs_file() { return file_in(mounted("btrfs", "/sbin/mkfs.btrfs -q")); }

SyscallArguments search_of_tree(Arena& a, uint64_t room) {
  std::byte* search = a.space(112 + room);
  // All of the tree of roots, 16 items.
  const std::array<uint64_t, 9> key = {
      1, 0, UINT64_MAX, 0, UINT64_MAX, 0, UINT64_MAX, uint64_t{UINT32_MAX} << 32, 16};
  std::memset(search, 0, 112);
  std::memcpy(search, key.data(), sizeof key);
  std::memcpy(search + 104, &room, sizeof room);
  return call("ioctl", btrfs_file(), 0xc0709411, search);
}

SyscallArguments space_of_btrfs(Arena& a) {
  constexpr uint64_t kSlots = 2;
  std::byte* spaces = a.space(16 + kSlots * 24);
  std::memcpy(spaces, &kSlots, sizeof kSlots);
  return call("ioctl", btrfs_file(), 0xc0109414, spaces);
}

// The paths of an inode.
SyscallArguments paths_of_inode(Arena& a) {
  const int fd = btrfs_file();
  struct stat status {};
  must(::fstat(fd, &status), "fstat");
  const std::array<uint64_t, 7> asked = {
      status.st_ino, 4096, 0, 0, 0, 0, as_argument(a.space(4096))};
  return call("ioctl", fd, 0xc0389423, a.object(asked));
}

// The inodes of a block, whose place in btrfs FIEMAP tells.
SyscallArguments inodes_of_block(Arena& a, uint32_t command) {
  const int fd = btrfs_file();
  must(::syncfs(fd), "syncfs");
  std::array<uint64_t, 4 + 7> map{};
  map[1] = UINT64_MAX;
  map[3] = 1;
  must(::ioctl(fd, 0xc020660b, map.data()), "FS_IOC_FIEMAP");
  const std::array<uint64_t, 7> asked = {map[5], 4096, 0, 0, 0, 0, as_argument(a.space(4096))};
  return call("ioctl", fd, command, a.object(asked));
}

// A TAP device that is up, and a neighbour that the kernel knows.
std::string neighbour_of_tap() {
  const int fd = attached_tun();
  ifreq request{};
  must(::ioctl(fd, TUNGETIFF, &request), "TUNGETIFF");
  const std::string name = request.ifr_name;
  const std::string commands = "ip addr add 10.97.0.1/24 dev " + name + " && ip link set " + name +
                               " up && ip neigh add 10.97.0.2 lladdr 2:0:0:0:0:7 dev " + name;
  must(std::system(commands.c_str()) == 0 ? 0 : -1, "ip");
  return name;
}

SyscallArguments neighbour(Arena& a) {
  arpreq request{};
  std::strcpy(request.arp_dev, neighbour_of_tap().c_str());
  auto& address = reinterpret_cast<sockaddr_in&>(request.arp_pa);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x0a610002);
  return call("ioctl", datagram_socket(), 0x8954, a.object(request));
}

SyscallArguments new_name(Arena& a) {
  const int fd = attached_tun();
  ifreq request{};
  must(::ioctl(fd, TUNGETIFF, &request), "TUNGETIFF");
  std::memset(request.ifr_newname, 'n', IFNAMSIZ);  // its end is cut off
  return call("ioctl", datagram_socket(), 0x8923, a.object(request));
}

}  // namespace

std::vector<Case> device_cases() {
  // clang-format off
  return {
      {"BLKROGET", [](Arena& a) { return control(a, loop_device(), 0x125e, 4); }},
      {"BLKGETSIZE", [](Arena& a) { return control(a, loop_device(), 0x1260, 8); }},
      {"BLKGETSIZE64", [](Arena& a) { return control(a, loop_device(), 0x80081272, 8); }},
      {"BLKBSZGET", [](Arena& a) { return control(a, loop_device(), 0x80081270, 4); }},
      {"BLKRAGET", [](Arena& a) { return control(a, loop_device(), 0x1263, 8); }},
      {"BLKFRAGET", [](Arena& a) { return control(a, loop_device(), 0x1265, 8); }},
      {"BLKSECTGET", [](Arena& a) { return control(a, loop_device(), 0x1267, 2); }},
      {"BLKSSZGET", [](Arena& a) { return control(a, loop_device(), 0x1268, 4); }},
      {"BLKIOMIN", [](Arena& a) { return control(a, loop_device(), 0x1278, 4); }},
      {"BLKIOOPT", [](Arena& a) { return control(a, loop_device(), 0x1279, 4); }},
      {"BLKALIGNOFF", [](Arena& a) { return control(a, loop_device(), 0x127a, 4); }},
      {"BLKPBSZGET", [](Arena& a) { return control(a, loop_device(), 0x127b, 4); }},
      {"BLKDISCARDZEROES", [](Arena& a) { return control(a, loop_device(), 0x127c, 4); }},
      {"BLKROTATIONAL", [](Arena& a) { return control(a, loop_device(), 0x127e, 2); }},
      {"BLKGETDISKSEQ", [](Arena& a) { return control(a, loop_device(), 0x80081280, 8); }},
      {"BLKREPORTZONE", [](Arena& a) { return control(a, loop_device(), 0xc0101282, 16 + 64); }, 0, {ENOTTY, EOPNOTSUPP}},
      {"HDIO_GETGEO", [](Arena& a) { return control(a, must(::open("/dev/vda", O_RDONLY), "/dev/vda"), 0x0301, 16); }, 0, {ENOTTY}},
      {"LOOP_GET_STATUS", [](Arena& a) { return control(a, loop_device(), 0x4c03, 168); }},
      {"LOOP_GET_STATUS64", [](Arena& a) { return control(a, loop_device(), 0x4c05, 232); }},
      {"FS_IOC_MEASURE_VERITY", measure_verity, 0, {EOPNOTSUPP}},
      {"FS_IOC_GET_ENCRYPTION_POLICY_EX", encryption_policy, 0, {EOPNOTSUPP}},
      {"FIDEDUPERANGE", deduplication},
      {"BTRFS_IOC_TREE_SEARCH_V2", [](Arena& a) { return search_of_tree(a, 4096); }},
      {"BTRFS_IOC_TREE_SEARCH_V2, too short", [](Arena& a) { return search_of_tree(a, 64); }, EOVERFLOW},
      {"BTRFS_IOC_SPACE_INFO", space_of_btrfs},
      {"BTRFS_IOC_INO_PATHS", paths_of_inode},
      {"BTRFS_IOC_LOGICAL_INO", [](Arena& a) { return inodes_of_block(a, 0xc0389424); }},
      {"BTRFS_IOC_LOGICAL_INO_V2", [](Arena& a) { return inodes_of_block(a, 0xc038943b); }},
      {"FICLONE", [](Arena&) {
         const std::string folder = mounted("btrfs", "/sbin/mkfs.btrfs -q");
         const int other = must(::open((folder + "/other").c_str(), O_RDWR | O_CREAT, 0600), "open");
         return call("ioctl", other, 0x40049409, file_in(folder));
       }},
  };
  // clang-format on
}

std::vector<Case> network_device_cases() {
  // clang-format off
  return {
      {"FIOGETOWN", [](Arena& a) { return control(a, datagram_socket(), 0x8903, 4); }},
      {"SIOCGPGRP", [](Arena& a) { return control(a, datagram_socket(), 0x8904, 4); }},
      {"SIOCATMARK", [](Arena& a) { return control(a, internet_sockets().first, 0x8905, 4); }},
      {"SIOCGSTAMP", [](Arena& a) {
         const int fd = datagram_socket();
         sockaddr_in self{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
         socklen_t length = sizeof self;
         must(::bind(fd, reinterpret_cast<sockaddr*>(&self), length), "bind");
         must(::getsockname(fd, reinterpret_cast<sockaddr*>(&self), &length), "getsockname");
         must(static_cast<int>(::sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&self), length)), "sendto");
         char byte;
         must(static_cast<int>(::recv(fd, &byte, 1, 0)), "recv");
         ::ioctl(fd, 0x8906, nullptr);  // turns time stamps on
         must(static_cast<int>(::sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&self), length)), "sendto");
         must(static_cast<int>(::recv(fd, &byte, 1, 0)), "recv");
         return control(a, fd, 0x8906, 16);
       }},
      {"SIOCGSTAMPNS", [](Arena& a) {
         const int fd = datagram_socket();
         sockaddr_in self{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
         socklen_t length = sizeof self;
         must(::bind(fd, reinterpret_cast<sockaddr*>(&self), length), "bind");
         must(::getsockname(fd, reinterpret_cast<sockaddr*>(&self), &length), "getsockname");
         ::ioctl(fd, 0x8907, nullptr);
         must(static_cast<int>(::sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&self), length)), "sendto");
         char byte;
         must(static_cast<int>(::recv(fd, &byte, 1, 0)), "recv");
         return control(a, fd, 0x8907, 16);
       }},
      {"FIONREAD of a socket", [](Arena& a) { return control(a, sockets_with(SOCK_DGRAM, "12345").first, 0x541b, 4); }},
      {"TIOCOUTQ of a socket", [](Arena& a) { return control(a, internet_sockets().first, 0x5411, 4); }},
      {"SIOCOUTQNSD", [](Arena& a) { return control(a, internet_sockets().first, 0x894b, 4); }},
      {"SIOCGIFNAME", [](Arena& a) {
         ifreq request{};
         request.ifr_ifindex = 1;
         return call("ioctl", datagram_socket(), 0x8910, a.object(request));
       }},
      {"SIOCGIFCONF", [](Arena& a) { return call("ioctl", datagram_socket(), 0x8912, a.object(kt::Ifconf{400, as_argument(a.space(400))})); }},
      {"SIOCGIFCONF, how long", [](Arena& a) { return call("ioctl", datagram_socket(), 0x8912, a.object(kt::Ifconf{0, 0})); }},
      {"SIOCGIFFLAGS", [](Arena& a) { return about_loopback(a, 0x8913); }},
      {"SIOCGIFADDR", [](Arena& a) { return about_loopback(a, 0x8915); }, 0, {EADDRNOTAVAIL}},
      {"SIOCGIFDSTADDR", [](Arena& a) { return about_loopback(a, 0x8917); }, 0, {EADDRNOTAVAIL}},
      {"SIOCGIFBRDADDR", [](Arena& a) { return about_loopback(a, 0x8919); }, 0, {EADDRNOTAVAIL}},
      {"SIOCGIFNETMASK", [](Arena& a) { return about_loopback(a, 0x891b); }, 0, {EADDRNOTAVAIL}},
      {"SIOCGIFMETRIC", [](Arena& a) {
         ifreq request = about_loopback();
         request.ifr_metric = 77;
         return call("ioctl", datagram_socket(), 0x891d, a.object(request));
       }},
      {"SIOCGIFMTU", [](Arena& a) { return about_loopback(a, 0x8921); }},
      {"SIOCGIFHWADDR", [](Arena& a) {
         ifreq request = about_loopback();
         std::memset(&request.ifr_hwaddr, 0x33, sizeof request.ifr_hwaddr);
         return call("ioctl", datagram_socket(), 0x8927, a.object(request));
       }},
      {"SIOCGIFINDEX", [](Arena& a) { return about_loopback(a, 0x8933); }},
      {"SIOCGIFTXQLEN", [](Arena& a) { return about_loopback(a, 0x8942); }},
      {"SIOCGIFMAP", [](Arena& a) {
         ifreq request = about_loopback();
         std::memset(&request.ifr_map, 0x33, sizeof request.ifr_map);
         return call("ioctl", datagram_socket(), 0x8970, a.object(request));
       }},
      {"SIOCGARP", neighbour},
      {"SIOCSIFNAME", new_name},
      {"TUNGETFEATURES", [](Arena& a) { return control(a, tun(), 0x800454cf, 4); }},
      {"TUNSETIFF", [](Arena& a) { return call("ioctl", tun(), 0x400454ca, a.object(tun_request())); }},
      {"TUNSETPERSIST, by its bits", [](Arena&) { return call("ioctl", attached_tun(), 0x400454cb, 0); }},
      {"TUNATTACHFILTER", [](Arena& a) {
         const sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
         return call("ioctl", attached_tun(), 0x401054d5, a.object(sock_fprog{1, a.object(all)}));
       }},
      {"TUNGETDEVNETNS", [](Arena&) { return call("ioctl", attached_tun(), 0x54e3); }},
      {"TUNGETIFF", [](Arena& a) { return control(a, attached_tun(), 0x800454d2, 40); }},
      {"TUNGETSNDBUF", [](Arena& a) { return control(a, attached_tun(), 0x800454d3, 4); }},
      {"TUNGETVNETHDRSZ", [](Arena& a) { return control(a, attached_tun(), 0x800454d7, 4); }},
  };
  // clang-format on
}

}  // namespace rr::test
