#include "syscalls/table.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "syscalls/kernel_types.h"
#include "syscalls/subcommands.h"

namespace rr::syscalls {
namespace {

using namespace kernel;  // NOLINT: the rows read better

constexpr const char* kAsyncIo =
    "completions arrive in memory without a call; callers fall back to threads";
constexpr const char* kRing =
    "a ring shared with the kernel changes without a call; callers fall back to epoll";
constexpr const char* kWhole = "concerns the whole machine, not the program";
constexpr const char* kNoModule =
    "kernel modules and images are not loaded from a recorded program";
constexpr const char* kGone = "the kernel no longer has it";
constexpr uint64_t kSocketAddress = 128;          // struct sockaddr_storage
constexpr uint64_t kXattr = 65536;                // XATTR_SIZE_MAX, XATTR_LIST_MAX
constexpr uint64_t kLongestPath = 4096;           // PATH_MAX
constexpr uint64_t kModuleList = 65536;           // more than all security modules have to tell
constexpr uint64_t kChildWordShared = 0x1000100;  // CLONE_CHILD_SETTID | CLONE_VM
// The flags that newer kernels add to futex (robust unlocking writes words of its own) make an
// unknown command of any.
constexpr uint32_t kFutexCommandMask = 0xffffffff & ~(0x80 | 0x100);

// clang-format off
constexpr Row kRows[] = {
    {0, "io_setup", "uint ptr", {}, refuse(ENOSYS, kAsyncIo)},
    {1, "io_destroy", "hex", {}, refuse(ENOSYS, kAsyncIo)},
    {2, "io_submit", "hex long ptr", {}, refuse(ENOSYS, kAsyncIo)},
    {3, "io_cancel", "hex ptr ptr", {}, refuse(ENOSYS, kAsyncIo)},
    {4, "io_getevents", "hex long long ptr ptr", {}, refuse(ENOSYS, kAsyncIo)},
    {5, "setxattr", "path str ptr size xattrflags"},
    {6, "lsetxattr", "path str ptr size xattrflags"},
    {7, "fsetxattr", "fd str ptr size xattrflags"},
    {8, "getxattr", "path str ptr size", {bytes(3, 4).at_most(kXattr)}},
    {9, "lgetxattr", "path str ptr size", {bytes(3, 4).at_most(kXattr)}},
    {10, "fgetxattr", "fd str ptr size", {bytes(3, 4).at_most(kXattr)}},
    {11, "listxattr", "path ptr size", {bytes(2, 3).at_most(kXattr)}},
    {12, "llistxattr", "path ptr size", {bytes(2, 3).at_most(kXattr)}},
    {13, "flistxattr", "fd ptr size", {bytes(2, 3).at_most(kXattr)}},
    {14, "removexattr", "path str"},
    {15, "lremovexattr", "path str"},
    {16, "fremovexattr", "fd str"},
    {17, "getcwd", "ptr size", {bytes(1, 2).at_most(kLongestPath)}},
    {18, "lookup_dcookie", "hex ptr size", {}, refuse(ENOSYS, kGone)},
    {19, "eventfd2", "uint eventfdflags"},
    {20, "epoll_create1", "epollflags"},
    {21, "epoll_ctl", "fd epollop fd ptr"},
    {22, "epoll_pwait", "fd ptr int int ptr size", {array<EpollEvent>(2, low32(3)).by_result()}, kBlocksUntilSignal},
    {23, "dup", "fd"},
    {24, "dup3", "fd fd open"},
    {25, "fcntl", "fd fcntl hex", {}, dispatch(2, fcntl_rows, unknown_fcntl)},
    {26, "inotify_init1", "inotifyflags"},
    {27, "inotify_add_watch", "fd path inotifymask"},
    {28, "inotify_rm_watch", "fd int"},
    {29, "ioctl", "fd ioctl ptr", {}, kMayBlock, dispatch(2, ioctl_rows, unlisted_ioctl)},
    {30, "ioprio_set", "int int hex"},
    {31, "ioprio_get", "int int"},
    {32, "flock", "fd flock", {}, kMayBlock},
    {33, "mknodat", "dirfd path mode dev"},
    {34, "mkdirat", "dirfd path mode"},
    {35, "unlinkat", "dirfd path atflags"},
    {36, "symlinkat", "path dirfd path"},
    {37, "linkat", "dirfd path dirfd path atflags"},
    {38, "renameat", "dirfd path dirfd path"},
    {39, "umount2", "path umount"},
    {40, "mount", "path path str mount ptr"},
    {41, "pivot_root", "path path"},
    {42, "nfsservctl", "int ptr ptr", {}, refuse(ENOSYS, kGone)},
    {43, "statfs", "path ptr", {out<Statfs>(2)}},
    {44, "fstatfs", "fd ptr", {out<Statfs>(2)}},
    {45, "truncate", "path off"},
    {46, "ftruncate", "fd off"},
    {47, "fallocate", "fd fallocate off off"},
    {48, "faccessat", "dirfd path access"},
    {49, "chdir", "path"},
    {50, "fchdir", "fd"},
    {51, "chroot", "path"},
    {52, "fchmod", "fd mode"},
    {53, "fchmodat", "dirfd path mode"},
    {54, "fchownat", "dirfd path int int atflags"},
    {55, "fchown", "fd int int"},
    {56, "openat", "dirfd path open mode", {}, kMayBlock, Special::kOpen},
    {57, "close", "fd"},
    {58, "vhangup", ""},
    {59, "pipe2", "ptr open", {out<int32_t[2]>(1)}},
    {60, "quotactl", "hex path int ptr", {}, dispatch(1, quota_rows, unknown_quota, 0xffffff00, 8)},
    {61, "getdents64", "fd ptr uint", {bytes(2, low32(3))}},
    {62, "lseek", "fd off whence"},
    {63, "read", "fd ptr size", {bytes(2, 3)}, kMayBlock},
    {64, "write", "fd ptr size", {}, kBlocksUntilSignal},
    {65, "readv", "fd ptr size", {iovec(2, 3)}, kMayBlock},
    {66, "writev", "fd ptr size", {}, kBlocksUntilSignal},
    {67, "pread64", "fd ptr size off", {bytes(2, 3)}, kMayBlock},
    {68, "pwrite64", "fd ptr size off", {}, kMayBlock},
    {69, "preadv", "fd ptr size off hex", {iovec(2, 3)}, kMayBlock},
    {70, "pwritev", "fd ptr size off hex", {}, kMayBlock},
    {71, "sendfile", "fd fd ptr size", {inout<int64_t>(3)}, kBlocksUntilSignal},
    // A count above the process's limit is cut to the limit, which is at least 64. The time left is
    // written whatever the result.
    {72, "pselect6", "int ptr ptr ptr ptr ptr",
     {bits(2, low32(1)), bits(3, low32(1)), bits(4, low32(1)), inout<Timespec>(5).on_error()}, kMayBlock},
    // revents are written after an interrupted wait too.
    {73, "ppoll", "ptr uint ptr ptr size",
     {array<Pollfd>(1, low32(2)).when_interrupted(), inout<Timespec>(3).on_error()}, kMayBlock},
    {74, "signalfd4", "fd ptr size open"},
    // Writes only when the pipe is read from.
    {75, "vmsplice", "fd ptr size splice", {iovec(2, 3)}, kBlocksUntilSignal},
    {76, "splice", "fd ptr fd ptr size splice", {inout<int64_t>(2), inout<int64_t>(4)}, kBlocksUntilSignal},
    {77, "tee", "fd fd size splice", {}, kBlocksUntilSignal},
    {78, "readlinkat", "dirfd path ptr int", {bytes(3, low32(4)).at_most(65536)}},
    {79, "newfstatat", "dirfd path ptr atflags", {out<Stat>(3)}},
    {80, "fstat", "fd ptr", {out<Stat>(2)}},
    {81, "sync", ""},
    {82, "fsync", "fd"},
    {83, "fdatasync", "fd"},
    {84, "sync_file_range", "fd off off hex"},
    {85, "timerfd_create", "clock open"},
    {86, "timerfd_settime", "fd timer ptr ptr", {out<Itimerspec>(4)}},
    {87, "timerfd_gettime", "fd ptr", {out<Itimerspec>(2)}},
    {88, "utimensat", "dirfd path ptr atflags"},
    {89, "acct", "path"},
    // With an unknown version the kernel writes its own and fails.
    {90, "capget", "ptr ptr", {inout<CapabilityHeader>(1).on_error(), out<CapabilityData>(2).maybe()}},
    {91, "capset", "ptr ptr", {inout<CapabilityHeader>(1).maybe().on_error()}},
    // With READ_IMPLIES_EXEC what mmap and mprotect make readable is executable.
    {92, "personality", "hex", {}, kExecute},
    {93, "exit", "int", {}, kExecute, Special::kExit},
    {94, "exit_group", "int", {}, kExecute, Special::kExitGroup},
    // Written (with zeros) after an error as well.
    {95, "waitid", "int pid ptr wait ptr", {out<WaitInfo>(3).on_error(), out<Rusage>(5).maybe()}, kMayBlock, Special::kWait},
    {96, "set_tid_address", "ptr", {}, Special::kSetTidAddress},
    {97, "unshare", "clone"},
    {98, "futex", "ptr futex uint ptr ptr hex", {}, kMayBlock, dispatch(2, futex_rows, unknown_futex, kFutexCommandMask)},
    {99, "set_robust_list", "ptr size", {}, Special::kSetRobustList},
    {100, "get_robust_list", "pid ptr ptr", {out<uint64_t>(2), out<uint64_t>(3)}},
    // The time left is written only when interrupted, and again by restart_syscall.
    {101, "nanosleep", "ptr ptr", {out<Timespec>(2).only_interrupted()}, kMayBlock},
    {102, "getitimer", "itimer ptr", {out<Itimerval>(2)}},
    {103, "setitimer", "itimer ptr ptr", {out<Itimerval>(3)}},
    {104, "kexec_load", "hex size ptr hex", {}, refuse(EPERM, kNoModule)},
    {105, "init_module", "ptr size str", {}, refuse(EPERM, kNoModule)},
    {106, "delete_module", "str hex", {}, refuse(EPERM, kNoModule)},
    // Some calls write their answer before they find that they cannot.
    {107, "timer_create", "clock ptr ptr", {out<int32_t>(3).on_error()}},
    {108, "timer_gettime", "int ptr", {out<Itimerspec>(2)}},
    {109, "timer_getoverrun", "int"},
    {110, "timer_settime", "int timer ptr ptr", {out<Itimerspec>(4)}},
    {111, "timer_delete", "int"},
    {112, "clock_settime", "clock ptr"},
    {113, "clock_gettime", "clock ptr", {out<Timespec>(2)}, Special::kTellTime},
    {114, "clock_getres", "clock ptr", {out<Timespec>(2)}},
    {115, "clock_nanosleep", "clock timer ptr ptr", {out<Timespec>(4).only_interrupted()}, kMayBlock},
    {116, "syslog", "int ptr int", {bytes(2, low32(3))}, kMayBlock},
    {117, "ptrace", "hex pid ptr ptr", {}, refuse(EPERM, "a tracee has one tracer, and it is the recorder")},
    {118, "sched_setparam", "pid ptr"},
    {119, "sched_setscheduler", "pid sched ptr"},
    {120, "sched_getscheduler", "pid"},
    {121, "sched_getparam", "pid ptr", {out<int32_t>(2)}},
    {122, "sched_setaffinity", "pid uint ptr", {}, Special::kSetAffinity},
    {123, "sched_getaffinity", "pid uint ptr", {bytes(3, low32(2))}},
    {124, "sched_yield", ""},
    {125, "sched_get_priority_max", "sched"},
    {126, "sched_get_priority_min", "sched"},
    {127, "sched_rr_get_interval", "pid ptr", {out<Timespec>(2)}},
    {128, "restart_syscall", "", {}, kMayBlock, Special::kRestart},
    {129, "kill", "pid sig"},
    {130, "tkill", "pid sig"},
    {131, "tgkill", "pid pid sig"},
    {132, "sigaltstack", "ptr ptr", {out<SignalStack>(2)}, Special::kSigaltstack},
    {133, "rt_sigsuspend", "ptr size", {}, kMayBlock},
    {134, "rt_sigaction", "sig ptr ptr size", {out<Sigaction>(3)}, Special::kSigaction},
    {135, "rt_sigprocmask", "sigmask ptr ptr size", {out<Sigset>(3)}, Special::kSigprocmask},
    {136, "rt_sigpending", "ptr size", {bytes(1, 2).whole().at_most(8)}},
    {137, "rt_sigtimedwait", "ptr ptr ptr size", {out<Siginfo>(2).if_positive()}, kBlocksUntilSignal},
    {138, "rt_sigqueueinfo", "pid sig ptr"},
    {139, "rt_sigreturn", "", {}, Special::kSigreturn},
    {140, "setpriority", "int int int"},
    {141, "getpriority", "int int"},
    {142, "reboot", "hex hex hex ptr", {}, refuse(EPERM, kWhole)},
    {143, "setregid", "int int"},
    {144, "setgid", "int"},
    {145, "setreuid", "int int"},
    {146, "setuid", "int"},
    {147, "setresuid", "int int int"},
    {148, "getresuid", "ptr ptr ptr", {out<uint32_t>(1), out<uint32_t>(2), out<uint32_t>(3)}},
    {149, "setresgid", "int int int"},
    {150, "getresgid", "ptr ptr ptr", {out<uint32_t>(1), out<uint32_t>(2), out<uint32_t>(3)}},
    {151, "setfsuid", "int"},
    {152, "setfsgid", "int"},
    // Clock ticks since some moment: may look like an error.
    {153, "times", "ptr", {out<Tms>(1).on_error()}},
    {154, "setpgid", "pid pid"},
    {155, "getpgid", "pid"},
    {156, "getsid", "pid"},
    {157, "setsid", ""},
    {158, "getgroups", "int ptr", {array<uint32_t>(2, low32(1)).by_result()}},
    {159, "setgroups", "int ptr"},
    {160, "uname", "ptr", {out<Utsname>(1)}},
    {161, "sethostname", "str size"},
    {162, "setdomainname", "str size"},
    {163, "getrlimit", "rlimit ptr", {out<Rlimit>(2)}},
    {164, "setrlimit", "rlimit ptr", {}, kExecute, Special::kSetLimit},
    {165, "getrusage", "int ptr", {out<Rusage>(2)}},
    {166, "umask", "mode"},
    {167, "prctl", "prctl hex hex hex hex", {}, dispatch(1, prctl_rows, unknown_prctl)},
    {168, "getcpu", "ptr ptr ptr", {out<uint32_t>(1), out<uint32_t>(2)}},
    {169, "gettimeofday", "ptr ptr", {out<Timeval>(1), out<Timezone>(2)}, Special::kTellTime},
    {170, "settimeofday", "ptr ptr"},
    {171, "adjtimex", "ptr", {inout<Timex>(1)}},
    {172, "getpid", ""},
    {173, "getppid", ""},
    {174, "getuid", ""},
    {175, "geteuid", ""},
    {176, "getgid", ""},
    {177, "getegid", ""},
    {178, "gettid", ""},
    {179, "sysinfo", "ptr", {out<Sysinfo>(1)}},
    {180, "mq_open", "str open mode ptr"},
    {181, "mq_unlink", "str"},
    {182, "mq_timedsend", "fd ptr size uint ptr", {}, kMayBlock},
    {183, "mq_timedreceive", "fd ptr size ptr ptr", {bytes(2, 3), out<uint32_t>(4)}, kMayBlock},
    {184, "mq_notify", "fd ptr"},
    {185, "mq_getsetattr", "fd ptr ptr", {out<MqAttributes>(3)}},
    {186, "msgget", "hex ipcget"},
    {187, "msgctl", "int msgctl ptr", {}, dispatch(2, msgctl_rows, unknown_ipc)},
    {188, "msgrcv", "int ptr size long ipcget", {bytes(2, 3, 8)}, kMayBlock},
    {189, "msgsnd", "int ptr size ipcget", {}, kMayBlock},
    {190, "semget", "hex int ipcget"},
    {191, "semctl", "int int semctl hex", {}, dispatch(3, semctl_rows, unknown_ipc)},
    {192, "semtimedop", "int ptr uint ptr", {}, kBlocksUntilSignal},
    {193, "semop", "int ptr uint", {}, kBlocksUntilSignal},
    {194, "shmget", "hex size ipcget"},
    {195, "shmctl", "int shmctl ptr", {}, dispatch(2, shmctl_rows, unknown_ipc)},
    {196, "shmat", "int ptr hex = ptr", {}, kExecute, Special::kShmat},
    {197, "shmdt", "ptr", {}, kExecute, Special::kShmdt},
    {198, "socket", "af socktype int"},
    {199, "socketpair", "af socktype int ptr", {out<int32_t[2]>(4).on_error()}, kMayBlock},
    {200, "bind", "fd ptr int"},
    {201, "listen", "fd int"},
    {202, "accept", "fd ptr ptr", {bytes_len_at(2, 3).at_most(kSocketAddress), inout<uint32_t>(3)}, kBlocksUntilSignal},
    {203, "connect", "fd ptr int", {}, kBlocksUntilSignal},
    {204, "getsockname", "fd ptr ptr", {bytes_len_at(2, 3).at_most(kSocketAddress), inout<uint32_t>(3)}},
    {205, "getpeername", "fd ptr ptr", {bytes_len_at(2, 3).at_most(kSocketAddress), inout<uint32_t>(3)}},
    {206, "sendto", "fd ptr size msg ptr int", {}, kBlocksUntilSignal},
    {207, "recvfrom", "fd ptr size msg ptr ptr",
     {bytes(2, 3).on_invalid(), bytes_len_at(5, 6).at_most(kSocketAddress), inout<uint32_t>(6)}, kBlocksUntilSignal},
    {208, "setsockopt", "fd sol int ptr int", {}, dispatch(2, setsockopt_levels, any_setsockopt)},
    {209, "getsockopt", "fd sol int ptr ptr", {}, dispatch(2, getsockopt_levels, any_getsockopt)},
    {210, "shutdown", "fd int"},
    {211, "sendmsg", "fd ptr msg", {}, kBlocksUntilSignal},
    {212, "recvmsg", "fd ptr msg", {msghdr(2)}, kBlocksUntilSignal},
    {213, "readahead", "fd off size"},
    {214, "brk", "ptr = ptr", {}, kExecute, Special::kBrk},
    {215, "munmap", "ptr size", {}, kExecute, Special::kMunmap},
    {216, "mremap", "ptr size size mremap ptr = ptr", {}, kExecute, Special::kMremap},
    {217, "add_key", "str str ptr size int"},
    {218, "request_key", "str str str int", {}, kMayBlock},
    {219, "keyctl", "keyctl hex hex hex hex", {}, kMayBlock, dispatch(1, keyctl_rows, unknown_keyctl)},
    // The child's word is written in the child's memory, which may be the parent's. Where it is not, a write to
    // the parent's in replay would take a page that the recording left shared (docs/ARCHITECTURE.md, store-exclusive).
    {220, "clone", "clone ptr ptr ptr ptr",
     {out<int32_t>(3).maybe().on_error(), in_place<int32_t>(5).if_all(kChildWordShared)}, kExecute, Special::kClone},
    {221, "execve", "path ptr ptr", {}, kExecute, Special::kExec},
    {222, "mmap", "ptr size prot map fd off = ptr", {}, kExecute, Special::kMmap},
    {223, "fadvise64", "fd off off int"},
    {224, "swapon", "path hex", {}, refuse(EPERM, kWhole)},
    {225, "swapoff", "path", {}, refuse(EPERM, kWhole)},
    {226, "mprotect", "ptr size prot", {}, kExecute, Special::kMprotect},
    {227, "msync", "ptr size msync", {}, kMayBlock},
    // Replayed, because locking makes pages of a private mapping the process's own.
    {228, "mlock", "ptr size", {}, kExecute},
    {229, "munlock", "ptr size", {}, kExecute},
    {230, "mlockall", "hex"},
    {231, "munlockall", ""},
    {232, "mincore", "ptr size ptr", {pages(3, 2).on_error()}},
    {233, "madvise", "ptr size madvise", {}, kExecute, Special::kMadvise},
    {234, "remap_file_pages", "ptr size prot size map", {},
     refuse(ENOSYS, "obsolete: the kernel only imitates it with mmap, and no program of today calls it")},
    {235, "mbind", "ptr size hex ptr size hex"},
    {236, "get_mempolicy", "ptr ptr size ptr hex", {out<int32_t>(1), bits(2, 3).maybe()}},
    {237, "set_mempolicy", "hex ptr size"},
    {238, "migrate_pages", "pid size ptr ptr"},
    {239, "move_pages", "pid size ptr ptr ptr hex", {array<int32_t>(5, 2).maybe().on_error()}},
    {240, "rt_tgsigqueueinfo", "pid pid sig ptr"},
    // The size that the kernel knows, after E2BIG.
    {241, "perf_event_open", "ptr pid int fd hex", {inout<uint64_t>(1).on_error()}, Special::kPerfEvent},
    {242, "accept4", "fd ptr ptr sockflags",
     {bytes_len_at(2, 3).at_most(kSocketAddress), inout<uint32_t>(3)}, kBlocksUntilSignal},
    // The time left is written when at least one message came.
    {243, "recvmmsg", "fd ptr uint msg ptr", {mmsghdr(2, low32(3)), inout<Timespec>(5).if_positive()}, kBlocksUntilSignal},
    {260, "wait4", "pid ptr wait ptr",
     {out<int32_t>(2).if_positive(), out<Rusage>(4).if_positive()}, kMayBlock, Special::kWait},
    {261, "prlimit64", "pid rlimit ptr ptr", {out<Rlimit>(4)}, kExecute, Special::kSetLimit},
    {262, "fanotify_init", "hex open"},
    {263, "fanotify_mark", "fd hex hex dirfd path"},
    // The size that would do is written when the given one does not. The mount is told in 4 or 8 bytes.
    {264, "name_to_handle_at", "dirfd path ptr ptr atflags",
     {trailing<FileHandle, char, uint32_t>(3, 0).at_most(8 + 128).on_error(), out<int64_t>(4).maybe().on_error()}},
    {265, "open_by_handle_at", "fd ptr open", {}, kMayBlock, Special::kOpen},
    {266, "clock_adjtime", "clock ptr", {inout<Timex>(2)}},
    {267, "syncfs", "fd"},
    {268, "setns", "fd clone"},
    {269, "sendmmsg", "fd ptr uint msg",
     {array<Mmsghdr>(2, low32(3)).by_result().at_most(kMaxIovecs * sizeof(Mmsghdr))}, kBlocksUntilSignal},
    {270, "process_vm_readv", "pid ptr size ptr size hex", {iovec(2, 3)}},
    {271, "process_vm_writev", "pid ptr size ptr size hex", {}, Special::kProcessVmWritev},
    {272, "kcmp", "pid pid int hex hex"},
    {273, "finit_module", "fd str hex", {}, refuse(EPERM, kNoModule)},
    // The size that the kernel knows is written when the given one is too large.
    {274, "sched_setattr", "pid ptr hex", {inout<uint32_t>(2).maybe().on_error()}},
    {275, "sched_getattr", "pid ptr uint hex", {bytes(2, low32(3)).maybe().at_most(65536)}},
    {276, "renameat2", "dirfd path dirfd path renameflags"},
    {277, "seccomp", "seccomp hex ptr", {}, dispatch(1, seccomp_rows, unknown_seccomp)},
    {278, "getrandom", "ptr size hex", {bytes(1, 2)}, kBlocksUntilSignal},
    {279, "memfd_create", "str memfdflags"},
    {280, "bpf", "bpf ptr uint", {}, dispatch(1, bpf_rows, unknown_bpf)},
    {281, "execveat", "dirfd path ptr ptr atflags", {}, kExecute, Special::kExec},
    {282, "userfaultfd", "hex", {}, refuse(ENOSYS, "would put another thread's page handling between two events")},
    {283, "membarrier", "int hex int"},
    {284, "mlock2", "ptr size hex", {}, kExecute},
    {285, "copy_file_range", "fd ptr fd ptr size hex", {inout<int64_t>(2), inout<int64_t>(4)}, kBlocksUntilSignal},
    {286, "preadv2", "fd ptr size off hex hex", {iovec(2, 3)}, kMayBlock},
    {287, "pwritev2", "fd ptr size off hex hex", {}, kBlocksUntilSignal},
    {288, "pkey_mprotect", "ptr size prot int", {}, kExecute, Special::kMprotect},
    {289, "pkey_alloc", "hex hex", {}, refuse(ENOSPC, "protection keys are hidden from recorded programs")},
    {290, "pkey_free", "int"},
    {291, "statx", "dirfd path atflags hex ptr", {out<Statx>(5)}},
    {292, "io_pgetevents", "hex long long ptr ptr ptr", {}, refuse(ENOSYS, kAsyncIo)},
    {293, "rseq", "ptr uint hex hex", {},
     refuse(ENOSYS, "the kernel would write the area at every preemption; libc does without")},
    {294, "kexec_file_load", "fd fd size str hex", {}, refuse(EPERM, kNoModule)},
    {424, "pidfd_send_signal", "fd sig ptr hex"},
    {425, "io_uring_setup", "uint ptr", {}, refuse(ENOSYS, kRing)},
    {426, "io_uring_enter", "fd uint uint hex ptr size", {}, refuse(ENOSYS, kRing)},
    {427, "io_uring_register", "fd uint ptr uint", {}, refuse(ENOSYS, kRing)},
    {428, "open_tree", "dirfd path hex"},
    {429, "move_mount", "dirfd path dirfd path hex"},
    {430, "fsopen", "str hex"},
    {431, "fsconfig", "fd int str ptr int", {}, kMayBlock},
    {432, "fsmount", "fd hex hex"},
    {433, "fspick", "dirfd path hex"},
    {434, "pidfd_open", "pid hex"},
    {435, "clone3", "ptr size",
     {out_via<CloneArgs, int32_t>(1, offsetof(CloneArgs, pidfd)).maybe().on_error(), out_via<CloneArgs, int32_t>(1, offsetof(CloneArgs, child_tid)).maybe().if_all(kChildWordShared),
      out_via<CloneArgs, int32_t>(1, offsetof(CloneArgs, parent_tid)).maybe()},
     kExecute, Special::kClone3},
    {436, "close_range", "uint uint hex"},
    {437, "openat2", "dirfd path ptr size", {}, kMayBlock, Special::kOpen},
    {438, "pidfd_getfd", "fd fd hex"},
    {439, "faccessat2", "dirfd path access atflags"},
    {440, "process_madvise", "fd ptr size madvise hex", {}, Special::kProcessMadvise},
    {441, "epoll_pwait2", "fd ptr int ptr ptr size", {array<EpollEvent>(2, low32(3)).by_result()}, kBlocksUntilSignal},
    {442, "mount_setattr", "dirfd path atflags ptr size"},
    {443, "quotactl_fd", "fd hex int ptr", {}, dispatch(2, quota_rows, unknown_quota, 0xffffff00, 8)},
    {444, "landlock_create_ruleset", "ptr size hex"},
    {445, "landlock_add_rule", "fd int ptr hex"},
    {446, "landlock_restrict_self", "fd hex"},
    {447, "memfd_secret", "hex", {}, refuse(ENOSYS, "memory that even a tracer cannot read cannot be recorded")},
    {448, "process_mrelease", "fd hex"},
    {449, "futex_waitv", "ptr uint hex ptr clock", {}, kMayBlock},
    {450, "set_mempolicy_home_node", "ptr size size hex"},
    {451, "cachestat", "fd ptr ptr hex", {out<Cachestat>(3)}},
    {452, "fchmodat2", "dirfd path mode atflags"},
    {453, "map_shadow_stack", "ptr size hex", {},
     refuse(EOPNOTSUPP, "shadow stacks are hidden from recorded programs: injected calls would break them")},
    {454, "futex_wake", "ptr hex int hex"},
    {455, "futex_wait", "ptr hex hex hex ptr clock", {}, kMayBlock},
    {456, "futex_requeue", "ptr hex int int"},
    {457, "statmount", "ptr ptr size hex", {bytes(2, 3).maybe().at_most(1 << 26)}},
    {458, "listmount", "ptr ptr size hex", {array<uint64_t>(2, 3).by_result()}},
    // The size that would do is written when the given one does not.
    {459, "lsm_get_self_attr", "uint ptr ptr hex", {bytes_len_at(2, 3).maybe().unsigned_length().at_most(kModuleList), inout<uint32_t>(3).on_error()}},
    {460, "lsm_set_self_attr", "uint ptr uint hex"},
    {461, "lsm_list_modules", "ptr ptr hex", {bytes_len_at(1, 2).maybe().unsigned_length().at_most(kModuleList), inout<uint32_t>(2).on_error()}},
    {462, "mseal", "ptr size hex"},
    {463, "setxattrat", "dirfd path atflags str ptr size"},
    {464, "getxattrat", "dirfd path atflags str ptr size",
     {bytes_via<XattrArgs>(5, offsetof(XattrArgs, value), offsetof(XattrArgs, size)).by_result().at_most(kXattr)}},
    {465, "listxattrat", "dirfd path atflags ptr size", {bytes(4, 5).at_most(kXattr)}},
    {466, "removexattrat", "dirfd path atflags str"},
    {467, "open_tree_attr", "dirfd path hex ptr size"},
    {468, "file_getattr", "dirfd path ptr size atflags", {bytes(3, 4).maybe().at_most(kLongestPath)}},
    {469, "file_setattr", "dirfd path ptr size atflags"},
    {470, "listns", "ptr ptr size hex", {array<uint64_t>(2, 3).by_result()}},
    {471, "rseq_slice_yield", "", {}, refuse(ENOSYS, "part of rseq, which is refused")},
};
// clang-format on

static_assert(is_sorted_and_unique(kRows));

constexpr size_t kNumbers = 472;
static_assert(kRows[std::size(kRows) - 1].number == kNumbers - 1);

// From a number to its place in kRows, plus one.
constexpr auto kPlaces = [] {
  std::array<uint16_t, kNumbers> places{};
  for (size_t i = 0; i < std::size(kRows); ++i)
    places[static_cast<size_t>(kRows[i].number)] = static_cast<uint16_t>(i + 1);
  return places;
}();

const Row& sub_row(const Dispatch& dispatch, uint32_t command) {
  const std::span<const Row> rows = dispatch.rows();
  const auto found = std::lower_bound(
      rows.begin(), rows.end(), command,
      [](const Row& row, uint32_t wanted) { return static_cast<uint32_t>(row.number) < wanted; });
  if (found != rows.end() && static_cast<uint32_t>(found->number) == command) return *found;
  return dispatch.otherwise(command);
}

}  // namespace

const Row* find(int32_t number) {
  if (number < 0 || static_cast<size_t>(number) >= kNumbers) return nullptr;
  const uint16_t place = kPlaces[static_cast<size_t>(number)];
  return place == 0 ? nullptr : &kRows[place - 1];
}

const Row& resolve(const Row& row, const SyscallArguments& call) {
  const Row* current = &row;
  while (current->dispatch.rows != nullptr) current = &sub_row(*current, call);
  return *current;
}

const Row& sub_row(const Row& row, const SyscallArguments& call) {
  const Dispatch& d = row.dispatch;
  const auto argument = static_cast<uint32_t>(call.args[d.argument - 1]);
  return sub_row(d, (argument & d.mask) >> d.shift);
}

const Row* resolve(const SyscallArguments& call) {
  const Row* row = find(call.number);
  return row == nullptr ? nullptr : &resolve(*row, call);
}

std::span<const Row> all_rows() { return kRows; }

}  // namespace rr::syscalls
