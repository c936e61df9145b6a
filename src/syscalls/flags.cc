#include "syscalls/flags.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

namespace rr::syscalls {
namespace {

// clang-format off
constexpr Flag kOpenModes[] = {{0, "O_RDONLY"}, {1, "O_WRONLY"}, {2, "O_RDWR"}};
constexpr Flag kOpenBits[] = {
    {0x404000, "O_TMPFILE"}, {0x101000, "O_SYNC"}, {0x40, "O_CREAT"}, {0x80, "O_EXCL"},
    {0x100, "O_NOCTTY"}, {0x200, "O_TRUNC"}, {0x400, "O_APPEND"}, {0x800, "O_NONBLOCK"},
    {0x1000, "O_DSYNC"}, {0x2000, "FASYNC"}, {0x4000, "O_DIRECTORY"}, {0x8000, "O_NOFOLLOW"},
    {0x10000, "O_DIRECT"}, {0x20000, "O_LARGEFILE"}, {0x40000, "O_NOATIME"},
    {0x80000, "O_CLOEXEC"}, {0x200000, "O_PATH"}};
constexpr Flag kProtectionNone[] = {{0, "PROT_NONE"}};
constexpr Flag kProtections[] = {
    {1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}, {8, "PROT_SEM"}, {0x10, "PROT_BTI"},
    {0x20, "PROT_MTE"}, {0x1000000, "PROT_GROWSDOWN"}, {0x2000000, "PROT_GROWSUP"}};
constexpr Flag kMapTypes[] = {
    {0, "MAP_FILE"}, {1, "MAP_SHARED"}, {2, "MAP_PRIVATE"}, {3, "MAP_SHARED_VALIDATE"}, {8, "MAP_DROPPABLE"}};
constexpr Flag kMapBits[] = {
    {0x10, "MAP_FIXED"}, {0x20, "MAP_ANONYMOUS"}, {0x100, "MAP_GROWSDOWN"}, {0x800, "MAP_DENYWRITE"},
    {0x1000, "MAP_EXECUTABLE"}, {0x2000, "MAP_LOCKED"}, {0x4000, "MAP_NORESERVE"}, {0x8000, "MAP_POPULATE"},
    {0x10000, "MAP_NONBLOCK"}, {0x20000, "MAP_STACK"}, {0x40000, "MAP_HUGETLB"}, {0x80000, "MAP_SYNC"},
    {0x100000, "MAP_FIXED_NOREPLACE"}};
constexpr Flag kMremapBits[] = {{1, "MREMAP_MAYMOVE"}, {2, "MREMAP_FIXED"}, {4, "MREMAP_DONTUNMAP"}};
constexpr Flag kMsyncBits[] = {{1, "MS_ASYNC"}, {2, "MS_INVALIDATE"}, {4, "MS_SYNC"}};
constexpr Flag kAdvice[] = {
    {0, "MADV_NORMAL"}, {1, "MADV_RANDOM"}, {2, "MADV_SEQUENTIAL"}, {3, "MADV_WILLNEED"}, {4, "MADV_DONTNEED"},
    {8, "MADV_FREE"}, {9, "MADV_REMOVE"}, {10, "MADV_DONTFORK"}, {11, "MADV_DOFORK"}, {12, "MADV_MERGEABLE"},
    {13, "MADV_UNMERGEABLE"}, {14, "MADV_HUGEPAGE"}, {15, "MADV_NOHUGEPAGE"}, {16, "MADV_DONTDUMP"},
    {17, "MADV_DODUMP"}, {18, "MADV_WIPEONFORK"}, {19, "MADV_KEEPONFORK"}, {20, "MADV_COLD"}, {21, "MADV_PAGEOUT"},
    {22, "MADV_POPULATE_READ"}, {23, "MADV_POPULATE_WRITE"}, {24, "MADV_DONTNEED_LOCKED"}, {25, "MADV_COLLAPSE"},
    {100, "MADV_HWPOISON"}, {101, "MADV_SOFT_OFFLINE"}, {102, "MADV_GUARD_INSTALL"}, {103, "MADV_GUARD_REMOVE"}};
constexpr Flag kCloneSignals[] = {{17, "SIGCHLD"}};
constexpr Flag kCloneBits[] = {
    {0x100, "CLONE_VM"}, {0x200, "CLONE_FS"}, {0x400, "CLONE_FILES"}, {0x800, "CLONE_SIGHAND"},
    {0x1000, "CLONE_PIDFD"}, {0x2000, "CLONE_PTRACE"}, {0x4000, "CLONE_VFORK"}, {0x8000, "CLONE_PARENT"},
    {0x10000, "CLONE_THREAD"}, {0x20000, "CLONE_NEWNS"}, {0x40000, "CLONE_SYSVSEM"}, {0x80000, "CLONE_SETTLS"},
    {0x100000, "CLONE_PARENT_SETTID"}, {0x200000, "CLONE_CHILD_CLEARTID"}, {0x400000, "CLONE_DETACHED"},
    {0x800000, "CLONE_UNTRACED"}, {0x1000000, "CLONE_CHILD_SETTID"}, {0x2000000, "CLONE_NEWCGROUP"},
    {0x4000000, "CLONE_NEWUTS"}, {0x8000000, "CLONE_NEWIPC"}, {0x10000000, "CLONE_NEWUSER"},
    {0x20000000, "CLONE_NEWPID"}, {0x40000000, "CLONE_NEWNET"}, {0x80000000, "CLONE_IO"}};
constexpr Flag kAtBits[] = {
    {0x100, "AT_SYMLINK_NOFOLLOW"}, {0x200, "AT_REMOVEDIR"}, {0x400, "AT_SYMLINK_FOLLOW"}, {0x800, "AT_NO_AUTOMOUNT"},
    {0x1000, "AT_EMPTY_PATH"}, {0x2000, "AT_STATX_FORCE_SYNC"}, {0x4000, "AT_STATX_DONT_SYNC"}, {0x8000, "AT_RECURSIVE"}};
constexpr Flag kAccessNone[] = {{0, "F_OK"}};
constexpr Flag kAccessBits[] = {{4, "R_OK"}, {2, "W_OK"}, {1, "X_OK"}};
constexpr Flag kWhence[] = {{0, "SEEK_SET"}, {1, "SEEK_CUR"}, {2, "SEEK_END"}, {3, "SEEK_DATA"}, {4, "SEEK_HOLE"}};
constexpr Flag kFdBits[] = {{1, "FD_CLOEXEC"}};
constexpr Flag kXattrBits[] = {{1, "XATTR_CREATE"}, {2, "XATTR_REPLACE"}};
constexpr Flag kEventfdBits[] = {{1, "EFD_SEMAPHORE"}, {0x800, "EFD_NONBLOCK"}, {0x80000, "EFD_CLOEXEC"}};
constexpr Flag kEpollBits[] = {{0x80000, "EPOLL_CLOEXEC"}};
constexpr Flag kEpollOps[] = {{1, "EPOLL_CTL_ADD"}, {2, "EPOLL_CTL_DEL"}, {3, "EPOLL_CTL_MOD"}};
constexpr Flag kInotifyBits[] = {{0x800, "IN_NONBLOCK"}, {0x80000, "IN_CLOEXEC"}};
constexpr Flag kInotifyMask[] = {
    {0x1, "IN_ACCESS"}, {0x2, "IN_MODIFY"}, {0x4, "IN_ATTRIB"}, {0x8, "IN_CLOSE_WRITE"}, {0x10, "IN_CLOSE_NOWRITE"},
    {0x20, "IN_OPEN"}, {0x40, "IN_MOVED_FROM"}, {0x80, "IN_MOVED_TO"}, {0x100, "IN_CREATE"}, {0x200, "IN_DELETE"},
    {0x400, "IN_DELETE_SELF"}, {0x800, "IN_MOVE_SELF"}, {0x1000000, "IN_ONLYDIR"}, {0x2000000, "IN_DONT_FOLLOW"},
    {0x4000000, "IN_EXCL_UNLINK"}, {0x20000000, "IN_MASK_ADD"}, {0x40000000, "IN_ISDIR"}, {0x80000000, "IN_ONESHOT"}};
constexpr Flag kFlockBits[] = {{1, "LOCK_SH"}, {2, "LOCK_EX"}, {4, "LOCK_NB"}, {8, "LOCK_UN"}};
constexpr Flag kUmountBits[] = {{1, "MNT_FORCE"}, {2, "MNT_DETACH"}, {4, "MNT_EXPIRE"}, {8, "UMOUNT_NOFOLLOW"}};
constexpr Flag kMountBits[] = {
    {0x1, "MS_RDONLY"}, {0x2, "MS_NOSUID"}, {0x4, "MS_NODEV"}, {0x8, "MS_NOEXEC"}, {0x10, "MS_SYNCHRONOUS"},
    {0x20, "MS_REMOUNT"}, {0x1000, "MS_BIND"}, {0x2000, "MS_MOVE"}, {0x4000, "MS_REC"}, {0x8000, "MS_SILENT"},
    {0x20000, "MS_UNBINDABLE"}, {0x40000, "MS_PRIVATE"}, {0x80000, "MS_SLAVE"}, {0x100000, "MS_SHARED"}};
constexpr Flag kFallocateBits[] = {
    {0x1, "FALLOC_FL_KEEP_SIZE"}, {0x2, "FALLOC_FL_PUNCH_HOLE"}, {0x8, "FALLOC_FL_COLLAPSE_RANGE"},
    {0x10, "FALLOC_FL_ZERO_RANGE"}, {0x20, "FALLOC_FL_INSERT_RANGE"}, {0x40, "FALLOC_FL_UNSHARE_RANGE"}};
constexpr Flag kSpliceBits[] = {{1, "SPLICE_F_MOVE"}, {2, "SPLICE_F_NONBLOCK"}, {4, "SPLICE_F_MORE"}, {8, "SPLICE_F_GIFT"}};
constexpr Flag kClocks[] = {
    {0, "CLOCK_REALTIME"}, {1, "CLOCK_MONOTONIC"}, {2, "CLOCK_PROCESS_CPUTIME_ID"}, {3, "CLOCK_THREAD_CPUTIME_ID"},
    {4, "CLOCK_MONOTONIC_RAW"}, {5, "CLOCK_REALTIME_COARSE"}, {6, "CLOCK_MONOTONIC_COARSE"}, {7, "CLOCK_BOOTTIME"},
    {8, "CLOCK_REALTIME_ALARM"}, {9, "CLOCK_BOOTTIME_ALARM"}, {11, "CLOCK_TAI"}};
constexpr Flag kTimerBits[] = {{1, "TIMER_ABSTIME"}};
constexpr Flag kItimers[] = {{0, "ITIMER_REAL"}, {1, "ITIMER_VIRTUAL"}, {2, "ITIMER_PROF"}};
constexpr Flag kWaitBits[] = {
    {1, "WNOHANG"}, {2, "WSTOPPED"}, {4, "WEXITED"}, {8, "WCONTINUED"}, {0x1000000, "WNOWAIT"},
    {0x20000000, "__WNOTHREAD"}, {0x40000000, "__WALL"}, {0x80000000, "__WCLONE"}};
constexpr Flag kFutexOps[] = {
    {0, "FUTEX_WAIT"}, {1, "FUTEX_WAKE"}, {3, "FUTEX_REQUEUE"}, {4, "FUTEX_CMP_REQUEUE"}, {5, "FUTEX_WAKE_OP"},
    {6, "FUTEX_LOCK_PI"}, {7, "FUTEX_UNLOCK_PI"}, {8, "FUTEX_TRYLOCK_PI"}, {9, "FUTEX_WAIT_BITSET"},
    {10, "FUTEX_WAKE_BITSET"}, {11, "FUTEX_WAIT_REQUEUE_PI"}, {12, "FUTEX_CMP_REQUEUE_PI"}, {13, "FUTEX_LOCK_PI2"}};
constexpr Flag kFutexBits[] = {{0x80, "FUTEX_PRIVATE_FLAG"}, {0x100, "FUTEX_CLOCK_REALTIME"}};
constexpr Flag kSchedulers[] = {
    {0, "SCHED_OTHER"}, {1, "SCHED_FIFO"}, {2, "SCHED_RR"}, {3, "SCHED_BATCH"}, {5, "SCHED_IDLE"},
    {6, "SCHED_DEADLINE"}, {7, "SCHED_EXT"}};
constexpr Flag kSchedulerBits[] = {{0x40000000, "SCHED_RESET_ON_FORK"}};
constexpr Flag kMaskHow[] = {{0, "SIG_BLOCK"}, {1, "SIG_UNBLOCK"}, {2, "SIG_SETMASK"}};
constexpr Flag kLimits[] = {
    {0, "RLIMIT_CPU"}, {1, "RLIMIT_FSIZE"}, {2, "RLIMIT_DATA"}, {3, "RLIMIT_STACK"}, {4, "RLIMIT_CORE"},
    {5, "RLIMIT_RSS"}, {6, "RLIMIT_NPROC"}, {7, "RLIMIT_NOFILE"}, {8, "RLIMIT_MEMLOCK"}, {9, "RLIMIT_AS"},
    {10, "RLIMIT_LOCKS"}, {11, "RLIMIT_SIGPENDING"}, {12, "RLIMIT_MSGQUEUE"}, {13, "RLIMIT_NICE"},
    {14, "RLIMIT_RTPRIO"}, {15, "RLIMIT_RTTIME"}};
constexpr Flag kFamilies[] = {
    {0, "AF_UNSPEC"}, {1, "AF_UNIX"}, {2, "AF_INET"}, {10, "AF_INET6"}, {16, "AF_NETLINK"}, {17, "AF_PACKET"},
    {29, "AF_CAN"}, {31, "AF_BLUETOOTH"}, {38, "AF_ALG"}, {40, "AF_VSOCK"}, {44, "AF_XDP"}};
constexpr Flag kSocketTypes[] = {
    {1, "SOCK_STREAM"}, {2, "SOCK_DGRAM"}, {3, "SOCK_RAW"}, {4, "SOCK_RDM"}, {5, "SOCK_SEQPACKET"},
    {6, "SOCK_DCCP"}, {10, "SOCK_PACKET"}};
constexpr Flag kSocketBits[] = {{0x800, "SOCK_NONBLOCK"}, {0x80000, "SOCK_CLOEXEC"}};
constexpr Flag kMessageBits[] = {
    {0x1, "MSG_OOB"}, {0x2, "MSG_PEEK"}, {0x4, "MSG_DONTROUTE"}, {0x8, "MSG_CTRUNC"}, {0x20, "MSG_TRUNC"},
    {0x40, "MSG_DONTWAIT"}, {0x80, "MSG_EOR"}, {0x100, "MSG_WAITALL"}, {0x2000, "MSG_ERRQUEUE"},
    {0x4000, "MSG_NOSIGNAL"}, {0x8000, "MSG_MORE"}, {0x10000, "MSG_WAITFORONE"}, {0x4000000, "MSG_ZEROCOPY"},
    {0x20000000, "MSG_FASTOPEN"}, {0x40000000, "MSG_CMSG_CLOEXEC"}};
constexpr Flag kLevels[] = {
    {0, "SOL_IP"}, {1, "SOL_SOCKET"}, {6, "SOL_TCP"}, {17, "SOL_UDP"}, {41, "SOL_IPV6"}, {58, "SOL_ICMPV6"},
    {132, "SOL_SCTP"}, {255, "SOL_RAW"}, {263, "SOL_PACKET"}, {270, "SOL_NETLINK"}, {279, "SOL_ALG"}, {283, "SOL_XDP"}};
constexpr Flag kRenameBits[] = {{1, "RENAME_NOREPLACE"}, {2, "RENAME_EXCHANGE"}, {4, "RENAME_WHITEOUT"}};
constexpr Flag kMemfdBits[] = {
    {1, "MFD_CLOEXEC"}, {2, "MFD_ALLOW_SEALING"}, {4, "MFD_HUGETLB"}, {8, "MFD_NOEXEC_SEAL"}, {0x10, "MFD_EXEC"}};
constexpr Flag kIpcBits[] = {{0x200, "IPC_CREAT"}, {0x400, "IPC_EXCL"}, {0x800, "IPC_NOWAIT"}};

constexpr uint64_t kAll = UINT32_MAX;
constexpr FlagSet kSets[] = {
    {"access", 0, kAccessNone, kAccessBits},
    {"af", kAll, kFamilies, {}},
    {"atflags", 0, {}, kAtBits},
    {"clock", kAll, kClocks, {}},
    {"clone", 0xff, kCloneSignals, kCloneBits},
    {"epollflags", 0, {}, kEpollBits},
    {"epollop", kAll, kEpollOps, {}},
    {"eventfdflags", 0, {}, kEventfdBits},
    {"fallocate", 0, {}, kFallocateBits},
    {"fdflags", 0, {}, kFdBits},
    {"flock", 0, {}, kFlockBits},
    {"futex", 0x7f, kFutexOps, kFutexBits},
    {"inotifyflags", 0, {}, kInotifyBits},
    {"inotifymask", 0, {}, kInotifyMask},
    {"ipcget", 0, {}, kIpcBits, true},
    {"itimer", kAll, kItimers, {}},
    {"madvise", kAll, kAdvice, {}},
    {"map", 0xf, kMapTypes, kMapBits},
    {"memfdflags", 0, {}, kMemfdBits},
    {"mount", 0, {}, kMountBits},
    {"mremap", 0, {}, kMremapBits},
    {"msg", 0, {}, kMessageBits},
    {"msync", 0, {}, kMsyncBits},
    {"open", 3, kOpenModes, kOpenBits},
    {"prot", 0, kProtectionNone, kProtections},
    {"renameflags", 0, {}, kRenameBits},
    {"rlimit", kAll, kLimits, {}},
    {"sched", 0xffff, kSchedulers, kSchedulerBits},
    {"sigmask", kAll, kMaskHow, {}},
    {"sockflags", 0, {}, kSocketBits},
    {"socktype", 0xf, kSocketTypes, kSocketBits},
    {"sol", kAll, kLevels, {}},
    {"splice", 0, {}, kSpliceBits},
    {"timer", 0, {}, kTimerBits},
    {"umount", 0, {}, kUmountBits},
    {"wait", 0, {}, kWaitBits},
    {"whence", kAll, kWhence, {}},
    {"xattrflags", 0, {}, kXattrBits},
};
// clang-format on

static_assert(std::is_sorted(std::begin(kSets), std::end(kSets),
                             [](const FlagSet& a, const FlagSet& b) {
                               return std::string_view(a.word) < std::string_view(b.word);
                             }));

const char* name_of(std::span<const Flag> values, uint64_t value) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [value](const Flag& f) { return f.value == value; });
  return found == values.end() ? nullptr : found->name;
}

// Parts joined by bars.
class Joined {
 public:
  void add(std::string_view part) {
    if (!text_.empty()) text_ += '|';
    text_ += part;
  }
  bool empty() const { return text_.empty(); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string number_text(uint64_t number, bool is_octal) {
  std::ostringstream text;
  text << (is_octal ? std::oct : std::hex) << std::showbase << number;
  return text.str();
}

}  // namespace

const FlagSet* find_flag_set(std::string_view word) {
  const auto found = std::lower_bound(std::begin(kSets), std::end(kSets), word,
                                      [](const FlagSet& set, std::string_view wanted) {
                                        return std::string_view(set.word) < wanted;
                                      });
  return found != std::end(kSets) && found->word == word ? found : nullptr;
}

std::string describe_flags(const FlagSet& set, uint64_t number) {
  Joined text;
  uint64_t rest = number & ~set.value_mask;
  const uint64_t value = number & set.value_mask;
  if (set.value_mask != 0 || number == 0) {
    if (const char* name = name_of(set.values, value)) {
      text.add(name);
    } else {
      rest |= value;
    }
  }
  for (const Flag& flag : set.bits) {
    if ((rest & flag.value) != flag.value) continue;
    text.add(flag.name);
    rest &= ~flag.value;
  }
  if (rest != 0 || text.empty()) text.add(rest == 0 ? "0" : number_text(rest, set.is_octal));
  return text.take();
}

}  // namespace rr::syscalls
