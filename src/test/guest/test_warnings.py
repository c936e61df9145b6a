"""What a recording cannot hold, or a recorded program cannot have: it is recorded, and a warning says so."""

import os
import shutil
import subprocess
import tempfile

import pytest

from recording import PROGRAMS

NOBODY = 65534

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
