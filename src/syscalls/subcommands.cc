#include "syscalls/subcommands.h"

#include <cerrno>

#include "syscalls/kernel_types.h"

namespace rr::syscalls {
namespace {

using namespace kernel;  // NOLINT: the rows read better

constexpr const char* kUnlisted = "not in the table: answered as by a kernel that does not know it";
constexpr const char* kHiddenStreaming = "SME is hidden from recorded programs";
constexpr const char* kKeptLayout = "the recorder keeps the layout that exec made";
constexpr const char* kOtherCpu = "belongs to another CPU";
constexpr const char* kMappedRing = "packets arrive in mapped memory without a call";
constexpr const char* kCountersBack = "writes the old counters through a pointer in its argument";

// clang-format off
constexpr Row kFcntl[] = {
    {0, "F_DUPFD", "fd fcntl fd"},
    {1, "F_GETFD", "fd fcntl"},
    {2, "F_SETFD", "fd fcntl fdflags"},
    {3, "F_GETFL", "fd fcntl = open"},
    {4, "F_SETFL", "fd fcntl open"},
    {5, "F_GETLK", "fd fcntl ptr", {inout<Flock>(3)}},
    {6, "F_SETLK", "fd fcntl ptr"},
    {7, "F_SETLKW", "fd fcntl ptr", {}, kMayBlock},
    {8, "F_SETOWN", "fd fcntl int"},
    {9, "F_GETOWN", "fd fcntl"},
    {10, "F_SETSIG", "fd fcntl sig"},
    {11, "F_GETSIG", "fd fcntl"},
    {15, "F_SETOWN_EX", "fd fcntl ptr"},
    {16, "F_GETOWN_EX", "fd fcntl ptr", {out<OwnerEx>(3)}},
    {17, "F_GETOWNER_UIDS", "fd fcntl ptr", {out<uint32_t[2]>(3)}},
    {36, "F_OFD_GETLK", "fd fcntl ptr", {inout<Flock>(3)}},
    {37, "F_OFD_SETLK", "fd fcntl ptr"},
    {38, "F_OFD_SETLKW", "fd fcntl ptr", {}, kMayBlock},
    {1024, "F_SETLEASE", "fd fcntl int"},
    {1025, "F_GETLEASE", "fd fcntl"},
    {1026, "F_NOTIFY", "fd fcntl hex"},
    {1027, "F_DUPFD_QUERY", "fd fcntl fd"},
    {1028, "F_CREATED_QUERY", "fd fcntl"},
    {1030, "F_DUPFD_CLOEXEC", "fd fcntl fd"},
    {1031, "F_SETPIPE_SZ", "fd fcntl int"},
    {1032, "F_GETPIPE_SZ", "fd fcntl"},
    {1033, "F_ADD_SEALS", "fd fcntl hex"},
    {1034, "F_GET_SEALS", "fd fcntl"},
    {1035, "F_GET_RW_HINT", "fd fcntl ptr", {out<uint64_t>(3)}},
    {1036, "F_SET_RW_HINT", "fd fcntl ptr"},
    {1037, "F_GET_FILE_RW_HINT", "fd fcntl ptr", {out<uint64_t>(3)}},
    {1038, "F_SET_FILE_RW_HINT", "fd fcntl ptr"},
    {1039, "F_GETDELEG", "fd fcntl ptr", {inout<uint64_t>(3)}},
    {1040, "F_SETDELEG", "fd fcntl ptr"},
};

// Where the kernel takes a process's arguments and environment from when others ask for them, and
// nothing else, may be told anew.
constexpr Row kSetMm[] = {
    {8, "PR_SET_MM_ARG_START", "prctl prctl ptr"},
    {9, "PR_SET_MM_ARG_END", "prctl prctl ptr"},
    {10, "PR_SET_MM_ENV_START", "prctl prctl ptr"},
    {11, "PR_SET_MM_ENV_END", "prctl prctl ptr"},
    {13, "PR_SET_MM_EXE_FILE", "", {}, refuse(EPERM, kKeptLayout)},
    {14, "PR_SET_MM_MAP", "", {}, refuse(EPERM, kKeptLayout)},
};
static_assert(is_sorted_and_unique(kSetMm));

constexpr Row kPrctl[] = {
    {1, "PR_SET_PDEATHSIG", "prctl sig"},
    {2, "PR_GET_PDEATHSIG", "prctl ptr", {out<int32_t>(2)}},
    {3, "PR_GET_DUMPABLE", "prctl", {}, Special::kDumpable},
    {4, "PR_SET_DUMPABLE", "prctl int", {}, Special::kDumpable},
    {5, "PR_GET_UNALIGN", "", {}, refuse(EINVAL, kOtherCpu)},
    {6, "PR_SET_UNALIGN", "", {}, refuse(EINVAL, kOtherCpu)},
    {7, "PR_GET_KEEPCAPS", "prctl"},
    {8, "PR_SET_KEEPCAPS", "prctl int"},
    {9, "PR_GET_FPEMU", "", {}, refuse(EINVAL, kOtherCpu)},
    {10, "PR_SET_FPEMU", "", {}, refuse(EINVAL, kOtherCpu)},
    {11, "PR_GET_FPEXC", "", {}, refuse(EINVAL, kOtherCpu)},
    {12, "PR_SET_FPEXC", "", {}, refuse(EINVAL, kOtherCpu)},
    {13, "PR_GET_TIMING", "prctl"},
    {14, "PR_SET_TIMING", "prctl int"},
    {15, "PR_SET_NAME", "prctl str"},
    {16, "PR_GET_NAME", "prctl ptr", {out<char[16]>(2)}},
    {19, "PR_GET_ENDIAN", "", {}, refuse(EINVAL, kOtherCpu)},
    {20, "PR_SET_ENDIAN", "", {}, refuse(EINVAL, kOtherCpu)},
    {21, "PR_GET_SECCOMP", "prctl", {}, Special::kSeccomp},
    {22, "PR_SET_SECCOMP", "prctl int ptr", {}, Special::kSeccomp},
    {23, "PR_CAPBSET_READ", "prctl int"},
    {24, "PR_CAPBSET_DROP", "prctl int"},
    {25, "PR_GET_TSC", "prctl ptr", {out<int32_t>(2)}, Special::kSetTsc},
    {26, "PR_SET_TSC", "prctl int", {}, Special::kSetTsc},
    {27, "PR_GET_SECUREBITS", "prctl"},
    {28, "PR_SET_SECUREBITS", "prctl hex"},
    {29, "PR_SET_TIMERSLACK", "prctl long"},
    {30, "PR_GET_TIMERSLACK", "prctl"},
    {31, "PR_TASK_PERF_EVENTS_DISABLE", "prctl"},
    {32, "PR_TASK_PERF_EVENTS_ENABLE", "prctl"},
    {33, "PR_MCE_KILL", "prctl hex hex"},
    {34, "PR_MCE_KILL_GET", "prctl"},
    {35, "PR_SET_MM", "", {}, dispatch(2, [] { return std::span<const Row>(kSetMm); }, unknown_prctl)},
    {36, "PR_SET_CHILD_SUBREAPER", "prctl int"},
    {37, "PR_GET_CHILD_SUBREAPER", "prctl ptr", {out<int32_t>(2)}},
    {38, "PR_SET_NO_NEW_PRIVS", "prctl int"},
    {39, "PR_GET_NO_NEW_PRIVS", "prctl"},
    {40, "PR_GET_TID_ADDRESS", "prctl ptr", {out<uint64_t>(2)}},
    {41, "PR_SET_THP_DISABLE", "prctl int"},
    {42, "PR_GET_THP_DISABLE", "prctl"},
    {43, "PR_MPX_ENABLE_MANAGEMENT", "", {}, refuse(EINVAL, kOtherCpu)},
    {44, "PR_MPX_DISABLE_MANAGEMENT", "", {}, refuse(EINVAL, kOtherCpu)},
    {45, "PR_SET_FP_MODE", "", {}, refuse(EINVAL, kOtherCpu)},
    {46, "PR_GET_FP_MODE", "", {}, refuse(EINVAL, kOtherCpu)},
    {47, "PR_CAP_AMBIENT", "prctl int int"},
    {50, "PR_SVE_SET_VL", "prctl hex", {}, kExecute, Special::kVectorLength},
    {51, "PR_SVE_GET_VL", "prctl"},
    {52, "PR_GET_SPECULATION_CTRL", "prctl int"},
    {53, "PR_SET_SPECULATION_CTRL", "prctl int hex"},
    {54, "PR_PAC_RESET_KEYS", "prctl hex", {}, Special::kPacResetKeys},
    {55, "PR_SET_TAGGED_ADDR_CTRL", "prctl hex", {}, kExecute, Special::kTaggedAddresses},
    {56, "PR_GET_TAGGED_ADDR_CTRL", "prctl"},
    {57, "PR_SET_IO_FLUSHER", "prctl int"},
    {58, "PR_GET_IO_FLUSHER", "prctl"},
    {59, "PR_SET_SYSCALL_USER_DISPATCH", "prctl hex ptr size ptr", {}, refuse(EINVAL, "would take the recorder's own calls for the program's")},
    {60, "PR_PAC_SET_ENABLED_KEYS", "prctl hex hex", {}, kExecute},
    {61, "PR_PAC_GET_ENABLED_KEYS", "prctl"},
    {62, "PR_SCHED_CORE", "prctl int pid int ptr", {out<uint64_t>(5).maybe()}},
    {63, "PR_SME_SET_VL", "prctl hex", {}, refuse(EINVAL, kHiddenStreaming)},
    {64, "PR_SME_GET_VL", "prctl", {}, refuse(EINVAL, kHiddenStreaming)},
    {65, "PR_SET_MDWE", "prctl hex", {}, refuse(EINVAL, "would forbid the recorder's own mappings")},
    {66, "PR_GET_MDWE", "prctl"},
    {67, "PR_SET_MEMORY_MERGE", "prctl int"},
    {68, "PR_GET_MEMORY_MERGE", "prctl"},
    {69, "PR_RISCV_V_SET_CONTROL", "", {}, refuse(EINVAL, kOtherCpu)},
    {70, "PR_RISCV_V_GET_CONTROL", "", {}, refuse(EINVAL, kOtherCpu)},
    {71, "PR_RISCV_SET_ICACHE_FLUSH_CTX", "", {}, refuse(EINVAL, kOtherCpu)},
    {72, "PR_PPC_GET_DEXCR", "", {}, refuse(EINVAL, kOtherCpu)},
    {73, "PR_PPC_SET_DEXCR", "", {}, refuse(EINVAL, kOtherCpu)},
    {74, "PR_GET_SHADOW_STACK_STATUS", "prctl ptr", {}, refuse(EINVAL, "shadow stacks are hidden from recorded programs")},
    {75, "PR_SET_SHADOW_STACK_STATUS", "prctl hex", {}, refuse(EINVAL, "shadow stacks are hidden from recorded programs")},
    {76, "PR_LOCK_SHADOW_STACK_STATUS", "prctl hex", {}, refuse(EINVAL, "shadow stacks are hidden from recorded programs")},
    {77, "PR_TIMER_CREATE_RESTORE_IDS", "prctl int"},
    {78, "PR_FUTEX_HASH", "prctl int hex hex"},
    {79, "PR_RSEQ_SLICE_EXTENSION", "prctl int hex", {}, refuse(EINVAL, "part of rseq, which is refused")},
    {80, "PR_GET_CFI", "prctl hex ptr", {}, refuse(EINVAL, kOtherCpu)},
    {81, "PR_SET_CFI", "prctl hex hex", {}, refuse(EINVAL, kOtherCpu)},
    {0x41555856, "PR_GET_AUXV", "prctl ptr size", {bytes(2, 3).at_most(4096).maybe()}},
    {0x53564d41, "PR_SET_VMA", "prctl int ptr size str"},
    {0x59616d61, "PR_SET_PTRACER", "prctl pid"},
};

// A futex word is never moved: other threads look at it.
constexpr Row kFutex[] = {
    {0, "FUTEX_WAIT", "ptr futex uint ptr", {}, kMayBlock},
    {1, "FUTEX_WAKE", "ptr futex int"},
    {3, "FUTEX_REQUEUE", "ptr futex int int ptr"},
    {4, "FUTEX_CMP_REQUEUE", "ptr futex int int ptr uint"},
    {5, "FUTEX_WAKE_OP", "ptr futex int int ptr hex", {in_place<uint32_t>(5).on_error()}},
    {6, "FUTEX_LOCK_PI", "ptr futex uint ptr", {in_place<uint32_t>(1).on_error()}, kMayBlock},
    {7, "FUTEX_UNLOCK_PI", "ptr futex", {in_place<uint32_t>(1).on_error()}},
    {8, "FUTEX_TRYLOCK_PI", "ptr futex", {in_place<uint32_t>(1).on_error()}},
    {9, "FUTEX_WAIT_BITSET", "ptr futex uint ptr ptr hex", {}, kMayBlock},
    {10, "FUTEX_WAKE_BITSET", "ptr futex int ptr ptr hex"},
    {11, "FUTEX_WAIT_REQUEUE_PI", "ptr futex uint ptr ptr", {in_place<uint32_t>(5).on_error()}, kMayBlock},
    {12, "FUTEX_CMP_REQUEUE_PI", "ptr futex int int ptr uint", {in_place<uint32_t>(5).on_error()}},
    {13, "FUTEX_LOCK_PI2", "ptr futex uint ptr", {in_place<uint32_t>(1).on_error()}, kMayBlock},
};

constexpr Row kSeccomp[] = {
    {0, "SECCOMP_SET_MODE_STRICT", "seccomp hex ptr", {}, Special::kSeccomp},
    {1, "SECCOMP_SET_MODE_FILTER", "seccomp hex ptr", {}, Special::kSeccomp},
    {2, "SECCOMP_GET_ACTION_AVAIL", "seccomp hex ptr"},
    {3, "SECCOMP_GET_NOTIF_SIZES", "seccomp hex ptr", {out<uint16_t[3]>(3)}},
};

// The command is the call's argument without its low byte, which is the type of quota.
constexpr Row kQuota[] = {
    {0x5801, "Q_XQUOTAON", ""},
    {0x5802, "Q_XQUOTAOFF", ""},
    {0x5803, "Q_XGETQUOTA", "", {out<XfsDiskQuota>(4)}},
    {0x5804, "Q_XSETQLIM", ""},
    {0x5805, "Q_XGETQSTAT", "", {out<XfsQuotaStat>(4)}},
    {0x5806, "Q_XQUOTARM", ""},
    {0x5807, "Q_XQUOTASYNC", ""},
    {0x5808, "Q_XGETQSTATV", "", {inout<XfsQuotaStatV>(4)}},
    {0x5809, "Q_XGETNEXTQUOTA", "", {out<XfsDiskQuota>(4)}},
    {0x800001, "Q_SYNC", ""},
    {0x800002, "Q_QUOTAON", ""},
    {0x800003, "Q_QUOTAOFF", ""},
    {0x800004, "Q_GETFMT", "", {out<uint32_t>(4)}},
    {0x800005, "Q_GETINFO", "", {out<DiskQuotaInfo>(4)}},
    {0x800006, "Q_SETINFO", ""},
    {0x800007, "Q_GETQUOTA", "", {out<DiskQuota>(4)}},
    {0x800008, "Q_SETQUOTA", ""},
    {0x800009, "Q_GETNEXTQUOTA", "", {out<DiskQuota>(4)}},
};

constexpr Row kKeyctl[] = {
    {0, "KEYCTL_GET_KEYRING_ID", "keyctl int int"},
    {1, "KEYCTL_JOIN_SESSION_KEYRING", "keyctl str"},
    {2, "KEYCTL_UPDATE", "keyctl int ptr size"},
    {3, "KEYCTL_REVOKE", "keyctl int"},
    {4, "KEYCTL_CHOWN", "keyctl int int int"},
    {5, "KEYCTL_SETPERM", "keyctl int hex"},
    // The result is the length there is, which may be above the capacity.
    {6, "KEYCTL_DESCRIBE", "keyctl int ptr size", {bytes(3, 4)}},
    {7, "KEYCTL_CLEAR", "keyctl int"},
    {8, "KEYCTL_LINK", "keyctl int int"},
    {9, "KEYCTL_UNLINK", "keyctl int int"},
    {10, "KEYCTL_SEARCH", "keyctl int str str int"},
    {11, "KEYCTL_READ", "keyctl int ptr size", {bytes(3, 4)}},
    {12, "KEYCTL_INSTANTIATE", "keyctl int ptr size int"},
    {13, "KEYCTL_NEGATE", "keyctl int uint int"},
    {14, "KEYCTL_SET_REQKEY_KEYRING", "keyctl int"},
    {15, "KEYCTL_SET_TIMEOUT", "keyctl int uint"},
    {16, "KEYCTL_ASSUME_AUTHORITY", "keyctl int"},
    {17, "KEYCTL_GET_SECURITY", "keyctl int ptr size", {bytes(3, 4)}},
    {18, "KEYCTL_SESSION_TO_PARENT", "keyctl"},
    {19, "KEYCTL_REJECT", "keyctl int uint uint int"},
    {20, "KEYCTL_INSTANTIATE_IOV", "keyctl int ptr size int"},
    {21, "KEYCTL_INVALIDATE", "keyctl int"},
    {22, "KEYCTL_GET_PERSISTENT", "keyctl int int"},
    {23, "KEYCTL_DH_COMPUTE", "keyctl ptr ptr size", {bytes(3, 4)}},
    {24, "KEYCTL_PKEY_QUERY", "keyctl int int str ptr", {out<char[56]>(5)}},
    // As long as a key at the most, and those are (RSA) of 32768 bits at the most.
    {25, "KEYCTL_PKEY_ENCRYPT", "keyctl ptr str ptr ptr", {out<char[4096]>(5).maybe()}},
    {26, "KEYCTL_PKEY_DECRYPT", "keyctl ptr str ptr ptr", {out<char[4096]>(5).maybe()}},
    {27, "KEYCTL_PKEY_SIGN", "keyctl ptr str ptr ptr", {out<char[4096]>(5).maybe()}},
    {28, "KEYCTL_PKEY_VERIFY", "keyctl ptr str ptr ptr"},
    {29, "KEYCTL_RESTRICT_KEYRING", "keyctl int str str"},
    {30, "KEYCTL_MOVE", "keyctl int int int hex"},
    {31, "KEYCTL_CAPABILITIES", "keyctl ptr size", {bytes(2, 3).maybe().at_most(4096)}},
    {32, "KEYCTL_WATCH_KEY", "keyctl int fd int"},
};

constexpr Row kMsgctl[] = {
    {0, "IPC_RMID", ""},
    {1, "IPC_SET", ""},
    {2, "IPC_STAT", "", {out<MsqidDs>(3)}},
    {3, "IPC_INFO", "", {out<MsgInfo>(3)}},
    {11, "MSG_STAT", "", {out<MsqidDs>(3)}},
    {12, "MSG_INFO", "", {out<MsgInfo>(3)}},
    {13, "MSG_STAT_ANY", "", {out<MsqidDs>(3)}},
};

constexpr Row kSemctl[] = {
    {0, "IPC_RMID", ""},
    {1, "IPC_SET", ""},
    {2, "IPC_STAT", "", {out<SemidDs>(4)}},
    {3, "IPC_INFO", "", {out<SemInfo>(4)}},
    {11, "GETPID", ""},
    {12, "GETVAL", ""},
    // How many the set has stands neither in the arguments nor in the result.
    {13, "GETALL", "", {out<SemValues>(4).maybe()}},
    {14, "GETNCNT", ""},
    {15, "GETZCNT", ""},
    {16, "SETVAL", ""},
    {17, "SETALL", ""},
    {18, "SEM_STAT", "", {out<SemidDs>(4)}},
    {19, "SEM_INFO", "", {out<SemInfo>(4)}},
    {20, "SEM_STAT_ANY", "", {out<SemidDs>(4)}},
};

constexpr Row kShmctl[] = {
    {0, "IPC_RMID", ""},
    {1, "IPC_SET", ""},
    {2, "IPC_STAT", "", {out<ShmidDs>(3)}},
    {3, "IPC_INFO", "", {out<ShmLimits>(3)}},
    {11, "SHM_LOCK", ""},
    {12, "SHM_UNLOCK", ""},
    {13, "SHM_STAT", "", {out<ShmidDs>(3)}},
    {14, "SHM_INFO", "", {out<ShmUsage>(3)}},
    {15, "SHM_STAT_ANY", "", {out<ShmidDs>(3)}},
};

constexpr Row kSetsockoptIp[] = {
    {64, "IPT_SO_SET_REPLACE", "", {}, refuse(ENOPROTOOPT, kCountersBack)},
    {96, "ARPT_SO_SET_REPLACE", "", {}, refuse(ENOPROTOOPT, kCountersBack)},
    {128, "EBT_SO_SET_ENTRIES", "", {}, refuse(ENOPROTOOPT, kCountersBack)},
};
constexpr Row kSetsockoptIpv6[] = {
    {64, "IP6T_SO_SET_REPLACE", "", {}, refuse(ENOPROTOOPT, kCountersBack)},
};
constexpr Row kSetsockoptPacket[] = {
    {5, "PACKET_RX_RING", "", {}, refuse(EINVAL, kMappedRing)},
    {13, "PACKET_TX_RING", "", {}, refuse(EINVAL, kMappedRing)},
};
constexpr Row kGetsockoptSocket[] = {
    // The length counts filter instructions of eight bytes; 0 asks how many there are.
    {26, "SO_GET_FILTER", "", {bytes_len_at(4, 5, 8), inout<uint32_t>(5).on_error()}},
};
constexpr Row kGetsockoptTcp[] = {
    {35, "TCP_ZEROCOPY_RECEIVE", "", {}, refuse(ENOPROTOOPT, "maps packets into the program's memory; callers fall back to read")},
};
constexpr Row kGetsockoptMptcp[] = {
    {4, "MPTCP_FULL_INFO", "", {}, refuse(EOPNOTSUPP, "writes through pointers inside its argument; kernels before 6.5 lack it")},
};
// clang-format on

static_assert(is_sorted_and_unique(kFcntl));
static_assert(is_sorted_and_unique(kPrctl));
static_assert(is_sorted_and_unique(kFutex));
static_assert(is_sorted_and_unique(kQuota));
static_assert(is_sorted_and_unique(kSeccomp));
static_assert(is_sorted_and_unique(kKeyctl));
static_assert(is_sorted_and_unique(kMsgctl));
static_assert(is_sorted_and_unique(kSemctl));
static_assert(is_sorted_and_unique(kShmctl));
static_assert(is_sorted_and_unique(kSetsockoptIp));
static_assert(is_sorted_and_unique(kSetsockoptPacket));

constexpr Row kSetsockopt{-1, "other options", ""};
// A failed call may still tell the length that would do.
constexpr Row kGetsockopt{
    -1, "other options", "", {bytes_len_at(4, 5), inout<uint32_t>(5).on_error()}};

constexpr Row kSetsockoptLevelRows[] = {
    {0,
     "SOL_IP",
     "",
     {},
     dispatch(
         3, [] { return std::span<const Row>(kSetsockoptIp); }, any_setsockopt)},
    {41,
     "SOL_IPV6",
     "",
     {},
     dispatch(
         3, [] { return std::span<const Row>(kSetsockoptIpv6); }, any_setsockopt)},
    {263,
     "SOL_PACKET",
     "",
     {},
     dispatch(
         3, [] { return std::span<const Row>(kSetsockoptPacket); }, any_setsockopt)},
    {283, "SOL_XDP", "", {}, refuse(ENOPROTOOPT, kMappedRing)},
};
constexpr Row kGetsockoptLevelRows[] = {
    {1,
     "SOL_SOCKET",
     "",
     {},
     dispatch(
         3, [] { return std::span<const Row>(kGetsockoptSocket); }, any_getsockopt)},
    {6,
     "SOL_TCP",
     "",
     {},
     dispatch(
         3, [] { return std::span<const Row>(kGetsockoptTcp); }, any_getsockopt)},
    {284,
     "SOL_MPTCP",
     "",
     {},
     dispatch(
         3, [] { return std::span<const Row>(kGetsockoptMptcp); }, any_getsockopt)},
};
static_assert(is_sorted_and_unique(kSetsockoptLevelRows));
static_assert(is_sorted_and_unique(kGetsockoptLevelRows));

constexpr Row kUnknownInvalid{-1, "other commands", "", {}, refuse(EINVAL, kUnlisted)};
constexpr Row kUnknownFutex{-1, "other commands", "", {}, refuse(ENOSYS, kUnlisted)};
constexpr Row kUnknownKeyctl{-1, "other commands", "", {}, refuse(EOPNOTSUPP, kUnlisted)};

}  // namespace

std::span<const Row> fcntl_rows() { return kFcntl; }
std::span<const Row> prctl_rows() { return kPrctl; }
std::span<const Row> futex_rows() { return kFutex; }
std::span<const Row> quota_rows() { return kQuota; }
std::span<const Row> seccomp_rows() { return kSeccomp; }
std::span<const Row> keyctl_rows() { return kKeyctl; }
std::span<const Row> msgctl_rows() { return kMsgctl; }
std::span<const Row> semctl_rows() { return kSemctl; }
std::span<const Row> shmctl_rows() { return kShmctl; }
std::span<const Row> setsockopt_levels() { return kSetsockoptLevelRows; }
std::span<const Row> getsockopt_levels() { return kGetsockoptLevelRows; }

const Row& unknown_fcntl(uint32_t) { return kUnknownInvalid; }
const Row& unknown_prctl(uint32_t) { return kUnknownInvalid; }
const Row& unknown_futex(uint32_t) { return kUnknownFutex; }
const Row& unknown_quota(uint32_t) { return kUnknownInvalid; }
const Row& unknown_seccomp(uint32_t) { return kUnknownInvalid; }
const Row& unknown_keyctl(uint32_t) { return kUnknownKeyctl; }
const Row& unknown_ipc(uint32_t) { return kUnknownInvalid; }
const Row& any_setsockopt(uint32_t) { return kSetsockopt; }
const Row& any_getsockopt(uint32_t) { return kGetsockopt; }

}  // namespace rr::syscalls
