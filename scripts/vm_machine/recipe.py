"""What the machine and the sysroot are made of. Changing anything here makes a new one."""

# Kernel name -> Debian suites that may hold it, first one wins.
KERNELS = {
    "6.1": ["bookworm"],
    "6.12": ["bookworm-backports", "trixie"],
    "7": ["sid"],
}
DEFAULT_KERNEL = "6.12"

# Modules that the guest's first process loads, in this order, with what they depend on.
BOOT_MODULES = ["virtio_mmio", "virtio_pci", "virtio_blk", "virtio_console", "ext4"]
SHARE_MODULES = ["9pnet_virtio", "9p"]
# Modules that modprobe and the kernel find under /lib/modules.
EXTRA_MODULES = ["btrfs", "loop", "overlay", "fuse", "xfs", "tun", "veth", "virtio_net", "dummy",
                 "vhost_net", "nf_tables", "af_packet", "binfmt_misc", "userfaultfd"]

DEFAULT_RELEASE = "bookworm"
RELEASES = ["bookworm", "trixie"]

GUEST_PACKAGES = """
base-files base-passwd bash bzip2 coreutils dash debianutils diffutils file findutils gawk grep
gzip hostname less libc-bin login mount passwd procps psmisc sed sysvinit-utils tar util-linux
ncurses-base ncurses-bin kmod iproute2 netcat-openbsd ca-certificates tzdata xxd bc time
gdb gdbserver strace linux-perf libc6-dbg binutils
gcc g++ libc6-dev make libstdc++6 zlib1g zlib1g-dev
python3 python3-pytest python3-pexpect python3-pyte perl lua5.4 nodejs
sqlite3 git openssl openssh-client xz-utils zstd redis-server redis-tools nginx stress-ng tmux vim
e2fsprogs btrfs-progs attr acl curl
rsync bubblewrap dpkg sudo socat peco lldb
""".split()

# What is named after a version.
RELEASE_PACKAGES = {"bookworm": ["libpython3.11-testsuite"], "trixie": ["libpython3.13-testsuite"]}

# Directories whose *.py files are byte-compiled when the image is made: no postinst does it.
IMAGE_SIZE = "6G"

SYSROOT_SUITE = "bookworm"
SYSROOT_PACKAGES = """
libc6-dev linux-libc-dev libstdc++-12-dev libcapnp-dev libdeflate-dev libxxhash-dev libcli11-dev libgtest-dev libgmock-dev
""".split()
