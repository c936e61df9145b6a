// Sub-commands that write nothing: fcntl, prctl, futex, seccomp, keyctl and those of System V.
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscall_audit/silent.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

constexpr kt::Flock kAnyLock = {F_WRLCK, SEEK_SET, 0, 0, 0};

int any_folder() { return must(::open(new_folder().c_str(), O_RDONLY), "open"); }
int any_pipe() { return pipe_with("").first; }
int a_sealable_file() { return must(::memfd_create("sealed", MFD_ALLOW_SEALING), "memfd_create"); }

void* a_page() {
  return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

sock_fprog* filter_that_allows_all(Arena& a) {
  const sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  return a.object(sock_fprog{1, a.object(allow)});
}
void gain_nothing_any_more() { must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs"); }

uint32_t* word_of_one(Arena& a) { return a.object<uint32_t>(1); }

constexpr int kProcessKeyring = -2;
int some_key() {
  return must(
      static_cast<int>(::syscall(SYS_add_key, "user", "silent", "payload", 7, kProcessKeyring)),
      "add_key");
}
int some_keyring() {
  return must(
      static_cast<int>(::syscall(SYS_add_key, "keyring", "silent", nullptr, 0, kProcessKeyring)),
      "add_key");
}
void join_session() { must(static_cast<int>(::syscall(SYS_keyctl, 1, nullptr)), "keyctl"); }

int some_queue() { return must(::msgget(IPC_PRIVATE, 0600), "msgget"); }
int some_set() { return must(::semget(IPC_PRIVATE, 2, 0600), "semget"); }
int some_segment() { return must(::shmget(IPC_PRIVATE, 4096, 0600), "shmget"); }

template <typename... Args>
Case of_file(int command, Args... arguments) {
  return silent(
      "fcntl", [] { return open_new_file(); }, command, arguments...);
}

}  // namespace

std::vector<Case> silent_fcntl_cases() {
  return {
      of_file(F_DUPFD, 100),
      of_file(F_DUPFD_CLOEXEC, 100),
      of_file(F_GETFD),
      of_file(F_SETFD, FD_CLOEXEC),
      of_file(F_GETFL),
      of_file(F_SETFL, O_APPEND),
      of_file(F_SETLK, lent(kAnyLock)),
      of_file(F_SETLKW, lent(kAnyLock)),
      of_file(F_OFD_SETLK, lent(kAnyLock)),
      of_file(F_OFD_SETLKW, lent(kAnyLock)),
      of_file(F_SETOWN, 0),
      of_file(F_GETOWN),
      of_file(F_SETSIG, SIGIO),
      of_file(F_GETSIG),
      of_file(F_SETOWN_EX, lent(kt::OwnerEx{1, 0})),
      of_file(F_SETLEASE, F_WRLCK),
      of_file(F_GETLEASE),
      silent("fcntl", any_folder, F_NOTIFY, DN_MODIFY),
      lacking({EINVAL}, of_file(1027, 0)),  // from 6.10
      lacking({EINVAL}, of_file(1028)),     // from 6.12
      silent("fcntl", any_pipe, F_SETPIPE_SZ, 8192),
      silent("fcntl", any_pipe, F_GETPIPE_SZ),
      silent("fcntl", a_sealable_file, F_ADD_SEALS, F_SEAL_GROW),
      silent("fcntl", a_sealable_file, F_GET_SEALS),
      of_file(F_SET_RW_HINT, lent(uint64_t{2})),
      lacking({EINVAL}, of_file(F_SET_FILE_RW_HINT, lent(uint64_t{2}))),
      lacking({EINVAL}, of_file(1040, lent(std::array<uint32_t, 2>{0, F_WRLCK}))),  // from 6.19
  };
}

std::vector<Case> silent_prctl_cases() {
  return {
      silent("prctl", PR_SET_PDEATHSIG, 0),
      silent("prctl", PR_GET_DUMPABLE),
      silent("prctl", PR_SET_DUMPABLE, 1),
      silent("prctl", PR_GET_KEEPCAPS),
      silent("prctl", PR_SET_KEEPCAPS, 1),
      silent("prctl", PR_GET_TIMING),
      silent("prctl", PR_SET_TIMING, 0),
      silent("prctl", PR_SET_NAME, "name"),
      silent("prctl", PR_SET_MM, PR_SET_MM_ARG_START, "other arguments"),
      // Below where they start.
      failing(EINVAL, silent("prctl", PR_SET_MM, PR_SET_MM_ARG_END, "other arguments")),
      silent("prctl", PR_SET_MM, PR_SET_MM_ENV_START, "another environment"),
      failing(EINVAL, silent("prctl", PR_SET_MM, PR_SET_MM_ENV_END, "another environment")),
      silent("prctl", PR_GET_SECCOMP),
      after(gain_nothing_any_more,
            silent("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_that_allows_all)),
      silent("prctl", PR_CAPBSET_READ, 1),
      silent("prctl", PR_CAPBSET_DROP, 1),
      lacking({EINVAL}, silent("prctl", PR_SET_TSC, PR_TSC_ENABLE)),  // from 6.12
      silent("prctl", PR_GET_SECUREBITS),
      silent("prctl", PR_SET_SECUREBITS, 0),
      silent("prctl", PR_SET_TIMERSLACK, 1000),
      silent("prctl", PR_GET_TIMERSLACK),
      silent("prctl", PR_MCE_KILL, 0, 0, 0, 0),
      silent("prctl", PR_MCE_KILL_GET, 0, 0, 0, 0),
      silent("prctl", PR_SET_CHILD_SUBREAPER, 1),
      silent("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
      silent("prctl", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
      silent("prctl", PR_SET_THP_DISABLE, 1, 0, 0, 0),
      silent("prctl", PR_GET_THP_DISABLE, 0, 0, 0, 0),
      silent("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
      lacking({EINVAL}, silent("prctl", PR_SVE_SET_VL, 16)),
      lacking({EINVAL}, silent("prctl", PR_SVE_GET_VL)),
      lacking({ENODEV}, silent("prctl", PR_GET_SPECULATION_CTRL, 0, 0, 0, 0)),
      lacking({ENODEV, ENXIO, EPERM}, silent("prctl", PR_SET_SPECULATION_CTRL, 0, 2, 0, 0)),
      lacking({EINVAL}, silent("prctl", PR_PAC_RESET_KEYS, PR_PAC_APGAKEY, 0, 0, 0)),
      silent("prctl", PR_SET_TAGGED_ADDR_CTRL, 1, 0, 0, 0),
      silent("prctl", PR_GET_TAGGED_ADDR_CTRL, 0, 0, 0, 0),
      silent("prctl", 57 /* PR_SET_IO_FLUSHER */, 1, 0, 0, 0),
      silent("prctl", 58, 0, 0, 0, 0),
      lacking({EINVAL}, silent("prctl", 60 /* PR_PAC_SET_ENABLED_KEYS */, 1, 1, 0, 0)),
      lacking({EINVAL}, silent("prctl", 61, 0, 0, 0, 0)),
      lacking({EINVAL}, silent("prctl", 66 /* PR_GET_MDWE */, 0, 0, 0, 0)),          // from 6.3
      lacking({EINVAL}, silent("prctl", 67 /* PR_SET_MEMORY_MERGE */, 1, 0, 0, 0)),  // from 6.4
      lacking({EINVAL}, silent("prctl", 68, 0, 0, 0, 0)),
      lacking({EINVAL}, silent("prctl", 77 /* PR_TIMER_CREATE_RESTORE_IDS */, 2, 0, 0, 0)),
      lacking({EINVAL}, silent("prctl", 78 /* PR_FUTEX_HASH */, 2, 0, 0, 0)),
      lacking({EINVAL}, silent("prctl", 0x53564d41 /* PR_SET_VMA */, 0, a_page, 4096, "name")),
      lacking({EINVAL}, silent("prctl", 0x59616d61 /* PR_SET_PTRACER */, -1)),
      after(gain_nothing_any_more,
            silent("seccomp", SECCOMP_SET_MODE_FILTER, 0, filter_that_allows_all)),
      silent("seccomp", SECCOMP_GET_ACTION_AVAIL, 0, lent(SECCOMP_RET_ALLOW)),
      failing(EAGAIN, silent("futex", word_of_one, 0 /* FUTEX_WAIT */, 2, nullptr)),
      silent("futex", word_of_one, 1 /* FUTEX_WAKE */, 1),
      silent("futex", word_of_one, 3 /* FUTEX_REQUEUE */, 1, 1, word_of_one),
      silent("futex", word_of_one, 4 /* FUTEX_CMP_REQUEUE */, 1, 1, word_of_one, 1),
      failing(EAGAIN,
              silent("futex", word_of_one, 9 /* FUTEX_WAIT_BITSET */, 2, nullptr, nullptr, 1)),
      silent("futex", word_of_one, 10 /* FUTEX_WAKE_BITSET */, 1, nullptr, nullptr, 1),
  };
}

std::vector<Case> silent_key_cases() {
  return {
      silent("keyctl", 0 /* GET_KEYRING_ID */, kProcessKeyring, 1),
      silent("keyctl", 1 /* JOIN_SESSION_KEYRING */, "audited"),
      silent("keyctl", 2 /* UPDATE */, some_key, "other", 5),
      silent("keyctl", 3 /* REVOKE */, some_key),
      silent("keyctl", 4 /* CHOWN */, some_key, 0, 0),
      silent("keyctl", 5 /* SETPERM */, some_key, 0x3f3f0000),
      silent("keyctl", 7 /* CLEAR */, some_keyring),
      silent("keyctl", 8 /* LINK */, some_key, some_keyring),
      silent("keyctl", 9 /* UNLINK */, some_key, kProcessKeyring),
      after(some_key, silent("keyctl", 10 /* SEARCH */, kProcessKeyring, "user", "silent", 0)),
      // Only the kernel's own helper may do these to their end.
      failing(EPERM, silent("keyctl", 12 /* INSTANTIATE */, some_key, "value", 5, 0)),
      failing(EPERM, silent("keyctl", 13 /* NEGATE */, some_key, 100, 0)),
      failing(EPERM, silent("keyctl", 19 /* REJECT */, some_key, 100, ENOKEY, 0)),
      failing(EPERM, silent("keyctl", 20 /* INSTANTIATE_IOV */, some_key,
                            lent(std::array<uint64_t, 2>{}), 1, 0)),
      silent("keyctl", 14 /* SET_REQKEY_KEYRING */, -1),
      silent("keyctl", 15 /* SET_TIMEOUT */, some_key, 100),
      silent("keyctl", 16 /* ASSUME_AUTHORITY */, 0),
      after(join_session, silent("keyctl", 18 /* SESSION_TO_PARENT */)),
      silent("keyctl", 21 /* INVALIDATE */, some_key),
      lacking({EOPNOTSUPP}, silent("keyctl", 22 /* GET_PERSISTENT */, -1, kProcessKeyring)),
      silent("keyctl", 29 /* RESTRICT_KEYRING */, some_keyring, nullptr, nullptr),
      silent("keyctl", 30 /* MOVE */, some_key, kProcessKeyring, some_keyring, 0),
  };
}

std::vector<Case> silent_ipc_cases() {
  return {
      silent("msgctl", some_queue, IPC_RMID, nullptr),
      silent("msgctl", some_queue, IPC_SET, lent(msqid_ds{})),
      silent("semctl", some_set, 0, IPC_RMID, 0),
      silent("semctl", some_set, 0, IPC_SET, lent(semid_ds{})),
      silent("semctl", some_set, 0, GETPID, 0),
      silent("semctl", some_set, 0, GETVAL, 0),
      silent("semctl", some_set, 0, GETNCNT, 0),
      silent("semctl", some_set, 0, GETZCNT, 0),
      silent("semctl", some_set, 0, SETVAL, 3),
      silent("semctl", some_set, 0, SETALL, lent(std::array<uint16_t, 2>{1, 2})),
      silent("shmctl", some_segment, IPC_RMID, nullptr),
      silent("shmctl", some_segment, IPC_SET, lent(shmid_ds{})),
      silent("shmctl", some_segment, SHM_LOCK, nullptr),
      silent("shmctl", some_segment, SHM_UNLOCK, nullptr),
      silent("quotactl", 0x80000100 /* Q_SYNC */, nullptr, 0, nullptr),
  };
}

}  // namespace rr::test
