"""A recording made on one kernel replays on another. The runner carries archives of recordings
between guests: RR_EXPORT and RR_IMPORT name folders for them, RR_KERNELS what to expect there."""

import os
import tarfile
from pathlib import Path

import pytest

from recording import PROGRAMS, Output, Recording

EXPORT = os.environ.get("RR_EXPORT")
IMPORT = os.environ.get("RR_IMPORT")
KERNEL = os.environ.get("RR_KERNEL", "6.12")
KERNELS = os.environ.get("RR_KERNELS", "").split()
MISSING = os.environ.get("RR_MISSING", "").split()

COMMANDS = {
    "hello": [PROGRAMS / "hello_static", "a", "b"],
    "registers": [PROGRAMS / "every_register_bare"],
    "signals": [PROGRAMS / "signal_handlers"],
    "ls": ["ls", "-l", "/usr/bin"],
    "python": ["python3", "-c", "import json, time; print(json.dumps([time.time(), id(json)]))"],
}


@pytest.mark.exported
@pytest.mark.parametrize("name", COMMANDS)
def test_recording_for_other_kernels(workshop, name):
    recording = workshop.record(*COMMANDS[name])
    workshop.expect_exact_replay(recording)
    (recording.trace / "stdout").write_bytes(recording.output.stdout)
    with tarfile.open(f"{EXPORT}/{KERNEL}-{name}.tar", "w") as archive:
        archive.add(recording.trace, "trace")


@pytest.mark.imported
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kernel", [name for name in KERNELS if name != KERNEL])
def test_recording_of_another_kernel_replays(workshop, kernel, name):
    if kernel in MISSING:
        pytest.skip(f"kernel {kernel} cannot be had")
    archive = Path(IMPORT) / f"{kernel}-{name}.tar"
    assert archive.exists(), "that kernel's guest has made no such recording"
    with tarfile.open(archive) as opened:
        opened.extractall(workshop.folder)
    trace = workshop.folder / "trace"
    printed = Output(0, (trace / "stdout").read_bytes(), b"")
    (trace / "stdout").unlink()
    workshop.expect_exact_replay(Recording(trace, printed))
