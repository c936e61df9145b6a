// The sizes in syscalls/kernel_types.h against the kernel's headers, when this is compiled: it
// includes nothing of libc's that would define the same names. Types whose layout differs between
// CPUs are taken from asm-generic, which is what the recorded CPU uses.
#include <asm-generic/msgbuf.h>
#include <asm-generic/shmbuf.h>
#include <asm-generic/siginfo.h>
#include <asm-generic/stat.h>
#include <asm-generic/statfs.h>
#include <asm-generic/termbits.h>
#include <linux/capability.h>
#include <linux/dqblk_xfs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/loop.h>
#include <linux/mqueue.h>
#include <linux/quota.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/serial.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>
#include <linux/time.h>
#include <linux/times.h>
#include <linux/timex.h>
#include <linux/uio.h>
#include <linux/utsname.h>

#include "syscalls/kernel_types.h"

namespace rr::syscalls::kernel {
namespace {

template <typename Ours, typename Theirs>
inline constexpr bool kSameSize = sizeof(Ours) == sizeof(Theirs);

static_assert(kSameSize<Timespec, struct __kernel_timespec>);
static_assert(kSameSize<Timeval, struct __kernel_old_timeval>);
static_assert(kSameSize<Timezone, struct timezone>);
static_assert(kSameSize<Stat, struct stat>);
static_assert(kSameSize<Statfs, struct statfs>);
static_assert(kSameSize<Statx, struct statx>);
static_assert(kSameSize<Rusage, struct rusage>);
static_assert(kSameSize<Sysinfo, struct sysinfo>);
static_assert(kSameSize<Utsname, struct new_utsname>);
static_assert(kSameSize<Tms, struct tms>);
static_assert(kSameSize<Timex, struct __kernel_timex>);
static_assert(kSameSize<Siginfo, siginfo_t>);
static_assert(kSameSize<Rlimit, struct rlimit64>);
static_assert(kSameSize<Iovec, struct iovec>);
static_assert(kSameSize<CloneArgs, struct clone_args>);
static_assert(kSameSize<Fiemap, struct fiemap>);
static_assert(kSameSize<FiemapExtent, struct fiemap_extent>);
static_assert(kSameSize<DedupeRange, struct file_dedupe_range>);
static_assert(kSameSize<DedupeRangeInfo, struct file_dedupe_range_info>);
static_assert(kSameSize<CapabilityHeader, struct __user_cap_header_struct>);
static_assert(kSameSize<CapabilityData, struct __user_cap_data_struct[2]>);
static_assert(kSameSize<MqAttributes, struct mq_attr>);
static_assert(kSameSize<MsqidDs, struct msqid64_ds>);
static_assert(kSameSize<ShmidDs, struct shmid64_ds>);
static_assert(kSameSize<ShmLimits, struct shminfo64>);
static_assert(kSameSize<Termios, struct termios>);
static_assert(kSameSize<Termios2, struct termios2>);
static_assert(kSameSize<SerialStruct, struct serial_struct>);
static_assert(kSameSize<LoopInfo64, struct loop_info64>);
static_assert(kSameSize<HdGeometry, struct hd_geometry>);
static_assert(kSameSize<DiskQuota, struct if_nextdqblk>);
static_assert(kSameSize<DiskQuotaInfo, struct if_dqinfo>);
static_assert(kSameSize<XfsDiskQuota, struct fs_disk_quota>);
static_assert(kSameSize<XfsQuotaStat, struct fs_quota_stat>);
static_assert(kSameSize<XfsQuotaStatV, struct fs_quota_statv>);

// waitid writes up to the status.
static_assert(sizeof(WaitInfo) == offsetof(siginfo_t, si_status) + sizeof(int));

static_assert(offsetof(CloneArgs, parent_tid) == offsetof(struct clone_args, parent_tid));
static_assert(offsetof(CloneArgs, child_tid) == offsetof(struct clone_args, child_tid));
static_assert(offsetof(CloneArgs, pidfd) == offsetof(struct clone_args, pidfd));
static_assert(offsetof(Fiemap, extent_count) == offsetof(struct fiemap, fm_extent_count));
static_assert(offsetof(DedupeRange, count) == offsetof(struct file_dedupe_range, dest_count));

}  // namespace
}  // namespace rr::syscalls::kernel
