// The numbers of the system calls that the code names. All others are rows of the table in
// syscalls/. aarch64 uses the kernel's generic table (include/uapi/asm-generic/unistd.h); a test
// compares these with it.
#pragma once

#include <cstdint>

namespace rr::aarch64 {

enum SyscallNumber : int32_t {
  kSysDup = 23,
  kSysDup3 = 24,
  kSysFcntl = 25,
  kSysIoctl = 29,
  kSysTruncate = 45,
  kSysFtruncate = 46,
  kSysFallocate = 47,
  kSysOpenat = 56,
  kSysClose = 57,
  kSysPipe2 = 59,
  kSysRead = 63,
  kSysWrite = 64,
  kSysReadv = 65,
  kSysWritev = 66,
  kSysPwrite64 = 68,
  kSysPwritev = 70,
  kSysSendfile = 71,
  kSysSplice = 76,
  kSysExit = 93,
  kSysExitGroup = 94,
  kSysSetTidAddress = 96,
  kSysFutex = 98,
  kSysSetRobustList = 99,
  kSysClockGetres = 114,
  kSysClockGettime = 113,
  kSysSchedGetaffinity = 123,
  kSysRestartSyscall = 128,
  kSysSchedYield = 124,
  kSysKill = 129,
  kSysRtSigaction = 134,
  kSysRtSigprocmask = 135,
  kSysRtSigreturn = 139,
  kSysSetpriority = 140,
  kSysPrctl = 167,
  kSysGettimeofday = 169,
  kSysGetpid = 172,
  kSysGettid = 178,
  kSysBrk = 214,
  kSysMunmap = 215,
  kSysMremap = 216,
  kSysSendto = 206,
  kSysClone = 220,
  kSysExecve = 221,
  kSysMmap = 222,
  kSysMprotect = 226,
  kSysMadvise = 233,
  kSysWait4 = 260,
  kSysSchedSetattr = 274,
  kSysRseq = 293,
  kSysProcessVmWritev = 271,
  kSysExecveat = 281,
  kSysCopyFileRange = 285,
  kSysPwritev2 = 287,
  kSysClone3 = 435,
  kSysCloseRange = 436,
  kSysOpenat2 = 437,
};

}  // namespace rr::aarch64
