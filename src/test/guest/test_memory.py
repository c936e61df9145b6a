"""Memory that files, processes and the kernel change behind a program's back, in programs as they
are."""

import os
import subprocess

import pytest

from recording import PROGRAMS

WAL = """
import os, sqlite3, sys
base = sqlite3.connect("wal.db", timeout=20, isolation_level=None)
print(base.execute("pragma journal_mode=wal").fetchone())
base.execute("create table t(a integer primary key, who text)")
child = os.fork()
if child == 0:
    own = sqlite3.connect("wal.db", timeout=20, isolation_level=None)
    for i in range(40):
        own.execute("insert into t(who) values('child')")
    own.close()
    os._exit(0)
for i in range(40):
    base.execute("insert into t(who) values('parent')")
print(os.waitpid(child, 0)[1])
print(base.execute("select count(*), count(distinct who) from t").fetchone())
print(base.execute("pragma wal_checkpoint(truncate)").fetchone())
print(base.execute("pragma integrity_check").fetchone())
"""

SHARED = """
import mmap, os
from multiprocessing import shared_memory
block = shared_memory.SharedMemory(create=True, size=5000)
other = shared_memory.SharedMemory(name=block.name)
if os.fork() == 0:
    other.buf[10:15] = b"child"
    os._exit(0)
os.wait()
print(bytes(block.buf[10:15]), len(block.buf))
other.close(); block.close(); block.unlink()
with open("file", "w+b") as file:
    file.write(b"0123456789" * 1000); file.flush()
    view = mmap.mmap(file.fileno(), 0)
    file.seek(5); file.write(b"written"); file.flush()
    print(view[:20], view.find(b"written"))
    view[0:2] = b"AB"; view.flush()
    os.pwrite(file.fileno(), b"again", 100)
    print(os.pread(file.fileno(), 10, 0), view[98:110])
    view.resize(20000)
    print(len(view), os.fstat(file.fileno()).st_size, view[15000:15003])
"""

AUXV = r"""
import os, re
auxv = open("/proc/self/auxv", "rb").read()
import ctypes
libc = ctypes.CDLL(None); libc.getauxval.restype = ctypes.c_ulong
pairs = dict(zip(*[iter(memoryview(auxv).cast("Q").tolist())] * 2))
assert pairs[16] == libc.getauxval(16) and pairs[26] == libc.getauxval(26)
features = re.search(r"Features\s*: (.*)", open("/proc/cpuinfo").read()).group(1).split()
assert len(features) == bin(pairs[16]).count("1") + bin(pairs[26]).count("1"), features
print(hex(pairs[16]), hex(pairs[26]), pairs[25] != 0, features)
print(os.popen("grep -c processor /proc/cpuinfo; tail -c +20 /proc/cpuinfo | head -n 3").read())
"""

PROC = r"""
import os
maps = open("/proc/self/maps").read().splitlines()
print(len(maps), any("[stack]" in line for line in maps))
print(os.readlink("/proc/self/exe"), os.readlink("/proc/self/cwd"), sorted(os.listdir("/proc/self/fd")))
print(open("/proc/self/stat").read().split()[:4], open("/proc/self/statm").read())
print([l for l in open("/proc/self/status") if l.startswith(("Pid", "VmRSS", "Threads", "Tgid"))])
data = bytearray(b"hidden treasure")
with open("/proc/self/pagemap", "rb") as pagemap:
    pagemap.seek(id(data) // 4096 * 8); print(len(pagemap.read(8)))
with open("/proc/self/mem", "rb") as memory:
    memory.seek(id(data)); print(len(memory.read(64)))
"""


@pytest.mark.sampled
@pytest.mark.user
@pytest.mark.slow
def test_write_ahead_log_of_two_processes(workshop):
    recording = workshop.record("python3", "-c", WAL)
    assert recording.output.text == ("('wal',)\n0\n(80, 2)\n(0, 0, 0)\n('ok',)\n"), recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_python_maps_and_shared_blocks(workshop):
    recording = workshop.record("python3", "-c", SHARED)
    assert recording.output.code == 0, recording.output
    assert recording.output.text.startswith("b'child' 5000\n"), recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.sampled
@pytest.mark.user
@pytest.mark.slow
def test_a_cpu_is_the_same_from_all_sides(workshop):
    recording = workshop.record("python3", "-c", AUXV)
    assert recording.output.code == 0, recording.output
    for hidden in ("'sme'", "'mops'", "'rng'", "'cpuid'", "'mte'"):
        assert hidden not in recording.output.text
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_what_proc_shows_of_the_program_itself(workshop):
    recording = workshop.record("python3", "-c", PROC)
    assert recording.output.code == 0, recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_compiler_and_linker(workshop):
    (workshop.folder / "a.c").write_text('#include <stdio.h>\nint main(void) { puts("made"); }\n')
    recording = workshop.record("sh", "-c", "gcc -g -o a a.c && ./a && gcc -O2 -o a a.c && ./a")
    assert recording.output.text == "made\nmade\n", recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_git_gc(workshop):
    (workshop.folder / "s").write_text(
        "git init -q r && cd r && git config user.email a@b && git config user.name a && "
        "for i in 1 2 3; do seq $i 300 > f$i && git add . && git commit -qm c$i; done && "
        "git gc -q && git fsck && git log --oneline | wc -l\n")
    recording = workshop.record("sh", "s")
    assert recording.output.text.strip().endswith("3"), recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_a_process_that_is_not_recorded_is_warned_of(workshop):
    path = workshop.folder / "shared"
    path.write_bytes(b"x" * 4096)
    holder = subprocess.Popen(
        ["python3", "-c", "import mmap, sys; f = open(sys.argv[1], 'r+b'); m = mmap.mmap(f.fileno(), 0);"
         "print('ready', flush=True); sys.stdin.read()", path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"ready\n"
        trace = workshop.new_trace()
        output = workshop.rr("record", "-o", trace, *workshop.record_options(), "python3", "-c",
                             "import mmap; f = open('shared', 'r+b'); m = mmap.mmap(f.fileno(), 0); print(m[0])")
    finally:
        holder.communicate()
    assert f"process {holder.pid}, which is not recorded" in output.error, output


SPARSE = """
import mmap, os
for size in (200 << 20, 6 << 30):
    with open("sparse", "w+b") as file:
        file.truncate(size - 4)
        file.seek(0, os.SEEK_END)
        file.write(b"last")
        file.flush()
        for kind in (mmap.MAP_SHARED, mmap.MAP_PRIVATE):
            with mmap.mmap(file.fileno(), 1 << 20, kind, offset=size - (1 << 20)) as view:
                view[0:5] = b"first"
                print(view[-4:], view.find(b"last"))
"""


@pytest.mark.slow
def test_holes_of_a_mapped_file_take_no_room(workshop):
    recording = workshop.record("python3", "-c", SPARSE)
    assert recording.output.code == 0, recording.output
    used = workshop.run("du", "-s", "--block-size=1M", recording.trace)
    assert int(used.text.split()[0]) < 100, used
    workshop.expect_exact_replay(recording)


REGISTERS = """
import glob, mmap, os
for path in sorted(glob.glob("/sys/bus/pci/devices/*/resource[0-9]")):
    fd = os.open(path, os.O_RDWR)
    try:
        os.read(fd, 1)
    except OSError:
        try:
            mmap.mmap(fd, 4096).close()
            print("mapped")
        except OSError as error:
            print(error)
    os.close(fd)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root maps a device's registers")
@pytest.mark.slow
def test_a_device_is_mapped_by_a_file_that_cannot_be_read(workshop):
    recording = workshop.record("python3", "-c", REGISTERS)
    assert recording.output.code == 0, recording.output
    if "mapped" not in recording.output.text:
        pytest.skip("this machine has no such device")
    workshop.expect_exact_replay(recording)


DRIVE = """
import ctypes, mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
shown = mmap.mmap(fd, 8192, mmap.MAP_SHARED, mmap.PROT_READ)
mmap.mmap(fd, 4096, mmap.MAP_SHARED, 0)
child = os.fork()
print(shown[:7], shown[4096:4103], flush=True)
if child:
    os.wait()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root maps a drive")
@pytest.mark.slow
def test_a_drive_is_mapped_for_reading(workshop):
    (workshop.folder / "image").write_bytes(b"a drive".ljust(4096) + b"page two".ljust(4096))
    workshop.run("modprobe", "loop")
    made = workshop.run("losetup", "-f", "--show", workshop.folder / "image")
    assert made.code == 0, made
    try:
        recording = workshop.record("python3", "-c", DRIVE, made.text.strip())
        assert recording.output.text == "b'a drive' b'page tw'\n" * 2, recording.output
        workshop.expect_exact_replay(recording)
    finally:
        workshop.run("losetup", "-d", made.text.strip())


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_files_on_btrfs_are_kept_by_sharing_blocks(workshop):
    image, folder = workshop.folder / "image", workshop.folder / "btrfs"
    folder.mkdir()
    made = workshop.run("sh", "-c", f"truncate -s 120M {image} && mkfs.btrfs -q {image} && "
                                    f"modprobe loop; modprobe btrfs; mount -o loop {image} {folder}")
    assert made.code == 0, made
    try:
        (folder / "program").write_bytes((PROGRAMS / "mapped_file_written").read_bytes())
        (folder / "program").chmod(0o755)
        workshop.traces = folder / "traces"
        workshop.traces.mkdir()
        recording = workshop.record(folder / "program", folder)
        assert recording.output.code == 0, recording.output
        workshop.expect_exact_replay(recording)
        shared = workshop.run("filefrag", "-v", *sorted((recording.trace / "files.d").iterdir()))
        assert "shared" in shared.text, shared
    finally:
        workshop.run("umount", folder)
