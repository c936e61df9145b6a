"""stress-ng's stressors of the operating system, recorded and replayed exactly: some of those that are known to be
(docs/PROGRAMS_TRIED.md), drawn by RR_SEED; all of them with RR_STRESSORS=all."""

import os
import random

import pytest

from recording import needs_counter

pytestmark = [pytest.mark.slow, needs_counter]

SEED = int(os.environ.get("RR_SEED", "1"))
COUNT = 20

# Those that end within some seconds, recorded.
STRESSORS = """
access af-alg affinity aio alarm apparmor atomic bad-altstack bad-ioctl brk bsearch cap chattr chmod chown
chroot clock clone close context copy-file daemon dccp dentry dev-shm dir dirdeep dirmany dnotify dup dynlib
enosys env epoll eventfd exec exit-group fault fcntl fiemap fifo file-ioctl filename flock fork fsize fstat full
futex get getdent getrandom handle hdd heapsort hsearch icmp-flood idle-page inotify io io-uring iomix ioprio
itimer judy kcmp key kill kvm landlock lease list loadavg locka lockbus lockf lockofd loop lsearch malloc matrix
matrix-3d membarrier memcpy memrate memthrash mergesort mincore misaligned mknod mlock mmapaddr mmaphuge
mmapmany mprotect mq mremap msg msync munmap nanosleep netdev netlink-proc netlink-task nice null numa opcode
open pagemove personality pidfd ping-sock pipe plugin poll prctl prefetch pthread ptrace qsort race-sched
radixsort ramfs randlist rawpkt rawsock rawudp readahead remap rename resched revio ring-pipe rlimit rmap rtc
schedpolicy sctp seal seccomp seek sem-sysv sendfile session set shellsort shm shm-sysv sigabrt sigchld sigfd
signal signest sigpending sigpipe sigq sigrt sigsegv sigsuspend sigtrap skiplist sleep sock sockabuse sockfd
sockmany sparsematrix spawn splice stack stackmmap str stream switch sysbadaddr sysinfo tee timer timerfd
tlb-shootdown touch tsearch tun udp udp-flood umount unshare urandom userfaultfd usersyscall utime vdso verity
vfork vm vm-addr vm-rw vm-splice wait wcs zero zlib zombie
fallocate fanotify madvise mmap mutex sync-file tree chdir memfd
""".split()

# With less to do than by themselves.
LESS = {
    "fallocate": ["--fallocate-bytes", "1m"],
    "forkheavy": ["--forkheavy-procs", "64"],
    "mmap": ["--mmap-bytes", "1m"],
    "sync-file": ["--sync-file-bytes", "1m"],
    "tree": ["--tree-size", "1000"],
    "chdir": ["--chdir-dirs", "64"],
    "memfd": ["--memfd-bytes", "2m", "--memfd-fds", "8"],
}
# Those that would go on for long: they are stopped after a second.
STOPPED = """
cyclic dev forkheavy fpunch inode-flags link mcontend mmapfixed msyncmany pipeherd procfs pty sem sigfpe sigio
sockdiag sockpair symlink tmpfs vforkmany xattr yield
""".split()


def drawn():
    if os.environ.get("RR_STRESSORS") == "all":
        return STRESSORS + STOPPED
    return sorted(random.Random(SEED).sample(STRESSORS + STOPPED, COUNT))


@pytest.mark.parametrize("stressor", drawn())
def test_stressor(workshop, stressor):
    print("seed", SEED)
    options = LESS.get(stressor, []) + (["-t", "1"] if stressor in STOPPED else [])
    recording = workshop.record("stress-ng", f"--{stressor}", "1", f"--{stressor}-ops", "3", *options, "--seed", "1", "-q")
    workshop.expect_exact_replay(recording)
