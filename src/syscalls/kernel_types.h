// What the kernel writes into a program's memory, as the 64-bit generic ABI lays it out. Only the
// sizes and the fields that the table reads matter; a unit test compares the sizes with the
// kernel's headers. Defined here and not included from there so that every host builds the same
// table.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rr::syscalls::kernel {

// `Opaque<N, Tag>`: an object of which only the size is needed.
template <size_t Size, typename Tag>
struct Opaque {
  std::byte bytes[Size];
};

struct Timespec {
  int64_t seconds, nanoseconds;
};
struct Timeval {
  int64_t seconds, microseconds;
};
struct Timezone {
  int32_t minutes_west, dst_time;
};
struct Itimerspec {
  Timespec interval, value;
};
struct Itimerval {
  Timeval interval, value;
};
using Stat = Opaque<128, struct StatTag>;
using Statfs = Opaque<120, struct StatfsTag>;
using Statx = Opaque<256, struct StatxTag>;
using Rusage = Opaque<144, struct RusageTag>;
using Sysinfo = Opaque<112, struct SysinfoTag>;
using Utsname = Opaque<390, struct UtsnameTag>;
using Tms = Opaque<32, struct TmsTag>;
using Timex = Opaque<208, struct TimexTag>;
// union bpf_attr up to the last field that a command writes (log_true_size of BPF_PROG_LOAD).
using BpfAttributes = Opaque<144, struct BpfAttributesTag>;
using Siginfo = Opaque<128, struct SiginfoTag>;
// waitid writes the fields up to si_status and leaves the rest.
using WaitInfo = Opaque<28, struct WaitInfoTag>;
struct Rlimit {
  uint64_t soft, hard;
};
// The kernel's own struct sigaction, not libc's.
struct Sigaction {
  uint64_t handler, flags, restorer, mask;
};
using Sigset = uint64_t;
struct SignalStack {
  uint64_t base;
  int32_t flags;
  uint64_t size;
};
struct Pollfd {
  int32_t fd;
  int16_t events, revents;
};
struct EpollEvent {
  uint32_t events;
  uint64_t data;
};
struct Iovec {
  uint64_t base, length;
};
struct Msghdr {
  uint64_t name;
  uint32_t name_length;
  uint64_t iov;
  uint64_t iov_count;
  uint64_t control;
  uint64_t control_length;
  uint32_t flags;
};
struct Mmsghdr {
  Msghdr header;
  uint32_t length;
};
struct Flock {
  int16_t type, whence;
  int64_t start, length;
  int32_t pid;
};
struct OwnerEx {
  int32_t type, pid;
};
struct CloneArgs {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
      set_tid_size, cgroup;
};
struct XattrArgs {
  uint64_t value;
  uint32_t size, flags;
};
struct FileHandle {
  uint32_t bytes;
  int32_t type;
};
struct Ifconf {
  int32_t length;
  uint64_t buffer;
};
struct Fiemap {
  uint64_t start, length;
  uint32_t flags, mapped_extents, extent_count, reserved;
};
using FiemapExtent = Opaque<56, struct FiemapExtentTag>;
struct DedupeRange {
  uint64_t offset, length;
  uint16_t count, reserved;
  uint32_t reserved2;
};
using DedupeRangeInfo = Opaque<32, struct DedupeRangeInfoTag>;
struct CapabilityHeader {
  uint32_t version;
  int32_t pid;
};
// Two of the kernel's three words, the most that capget writes.
using CapabilityData = Opaque<24, struct CapabilityDataTag>;
using MqAttributes = Opaque<64, struct MqAttributesTag>;
using ShmidDs = Opaque<112, struct ShmidDsTag>;
using ShmLimits = Opaque<72, struct ShmLimitsTag>;
using ShmUsage = Opaque<48, struct ShmUsageTag>;
using SemidDs = Opaque<88, struct SemidDsTag>;
using SemInfo = Opaque<40, struct SemInfoTag>;
// GETALL writes one short per semaphore; a set holds at most SEMMSL, by default 32000.
using SemValues = Opaque<64000, struct SemValuesTag>;
using MsqidDs = Opaque<120, struct MsqidDsTag>;
using MsgInfo = Opaque<32, struct MsgInfoTag>;
using Termios = Opaque<36, struct TermiosTag>;
using Termios2 = Opaque<44, struct Termios2Tag>;
using Termio = Opaque<18, struct TermioTag>;
using Winsize = Opaque<8, struct WinsizeTag>;
using Ifreq = Opaque<40, struct IfreqTag>;
using Arpreq = Opaque<68, struct ArpreqTag>;
using SerialStruct = Opaque<72, struct SerialStructTag>;
using LoopInfo = Opaque<160, struct LoopInfoTag>;
using LoopInfo64 = Opaque<232, struct LoopInfo64Tag>;
using HdGeometry = Opaque<16, struct HdGeometryTag>;
using Cachestat = Opaque<40, struct CachestatTag>;
using DiskQuota = Opaque<72, struct DiskQuotaTag>;
using DiskQuotaInfo = Opaque<24, struct DiskQuotaInfoTag>;
using XfsDiskQuota = Opaque<112, struct XfsDiskQuotaTag>;
using XfsQuotaStat = Opaque<80, struct XfsQuotaStatTag>;
using XfsQuotaStatV = Opaque<160, struct XfsQuotaStatVTag>;

static_assert(sizeof(Itimerspec) == 32 && sizeof(Itimerval) == 32);
static_assert(sizeof(Sigaction) == 32 && sizeof(SignalStack) == 24);
static_assert(sizeof(Pollfd) == 8 && sizeof(EpollEvent) == 16);
static_assert(sizeof(Msghdr) == 56 && offsetof(Msghdr, control) == 32);
static_assert(sizeof(Mmsghdr) == 64 && offsetof(Mmsghdr, length) == 56);
static_assert(sizeof(Flock) == 32 && sizeof(CloneArgs) == 88);
static_assert(sizeof(Fiemap) == 32 && sizeof(DedupeRange) == 24);

}  // namespace rr::syscalls::kernel
