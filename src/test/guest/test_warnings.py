"""What a recording cannot hold, or a recorded program cannot have: it is recorded, and a warning says so."""

import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from recording import PROGRAMS

NOBODY = 65534

THROUGH_A_LOOP_DEVICE = """
import fcntl, mmap, os, sys
LOOP_SET_FD, LOOP_CLR_FD, LOOP_CTL_GET_FREE = 0x4c00, 0x4c01, 0x4c82
file = os.open(sys.argv[1], os.O_RDWR)
view = mmap.mmap(file, 8192)
free = fcntl.ioctl(os.open("/dev/loop-control", os.O_RDWR), LOOP_CTL_GET_FREE)
device = os.open(f"/dev/loop{free}", os.O_RDWR)
fcntl.ioctl(device, LOOP_SET_FD, file)
os.pwrite(device, b"first", 0)
os.pwrite(device, b"second", 4096)
fcntl.ioctl(device, LOOP_CLR_FD)
"""


def record_as_nobody(program):
    """What the recorder had to say."""
    folder = tempfile.mkdtemp(dir="/var/tmp")
    os.chmod(folder, 0o777)
    done = subprocess.run(["rr", "record", "-o", f"{folder}/trace", program], cwd=folder, user=NOBODY, group=NOBODY,
                          env=dict(os.environ, HOME=folder), capture_output=True, check=False, text=True)
    shutil.rmtree(folder)
    assert done.returncode == 7, done
    return [line for line in done.stderr.splitlines() if "rights" in line]


@pytest.mark.skipif(os.getuid() != 0, reason="gives a program rights")
@pytest.mark.parametrize("mode, word", [(0o4755, "set-user-ID"), (0o2755, "set-group-ID"), (0o755, None)])
def test_a_program_that_would_have_more_rights_than_its_user(mode, word):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(PROGRAMS / "exit_seven_static", folder)
        os.chmod(program, mode)
        said = record_as_nobody(program)
        if word is None:
            assert not said
        else:
            assert len(said) == 1 and program in said[0] and word in said[0] and "as root" in said[0], said


@pytest.mark.skipif(os.getuid() != 0, reason="makes a loop device")
def test_a_mapped_file_that_is_written_through_a_loop_device(workshop):
    if not os.path.exists("/dev/loop-control"):
        pytest.skip("no loop devices")
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        file.write(bytes(8192))
        file.flush()
        output = workshop.rr("record", "-o", workshop.new_trace(), *workshop.record_options(), sys.executable, "-c",
                             THROUGH_A_LOOP_DEVICE, file.name)
    assert output.code == 0, output
    said = [line for line in output.error.splitlines() if "/dev/loop" in line]
    assert len(said) == 1 and "is mapped" in said[0], output
