"""The pytest plugin of the tests that record and replay: what they ask for by name, and which of
them are to run. Load it with `-p recording`.

Environment: RR_BUILD (build folder, default /build), RR_TICKS (given to every `rr record` as
--ticks), RR_KERNEL (name of the kernel under test, default that of 6.12)."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("RR_BUILD", "/build"))
PROGRAMS = BUILD / "programs"
TICKS = os.environ.get("RR_TICKS")
PATIENCE = 60    # seconds of guest time that any one command may take

needs_counter = pytest.mark.skipif(TICKS == "none", reason="needs an instruction counter")


def has_scalable_vectors():
    return re.search(r"^Features.* sve\b", Path("/proc/cpuinfo").read_text(), re.M) is not None


def pytest_addoption(parser):
    parser.addoption("--only", default="", help="only tests whose name contains this")


def pytest_configure(config):
    for line in ("sampled: also on the other kernels and CPUs",
                 "user: also as an ordinary user",
                 "slow: not in a quick run",
                 "exported: makes recordings for other kernels (where RR_EXPORT is set)",
                 "imported: replays those of other kernels (where RR_IMPORT is set)"):
        config.addinivalue_line("markers", line)


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--only").lower()
    chosen = {"exported": os.environ.get("RR_EXPORT"), "imported": os.environ.get("RR_IMPORT")}

    def is_wanted(item):
        roles = [mark.name for mark in item.iter_markers() if mark.name in chosen]
        if chosen["imported"] and roles != ["imported"]:
            return False
        return wanted in item.nodeid.lower() and all(chosen[role] for role in roles)

    kept = [item for item in items if is_wanted(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@dataclass
class Output:
    """What a command printed and how it ended. A negative code is the signal that ended it."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self):
        return self.stdout.decode(errors="replace")

    @property
    def error(self):
        return self.stderr.decode(errors="replace")


@dataclass
class Recording:
    trace: Path
    output: Output


class Workshop:
    """A folder in which commands run, and rr with recordings that are found only there."""

    def __init__(self, folder):
        self.folder = folder
        self.traces = folder / "traces"
        self.traces.mkdir()
        self.environment = dict(os.environ, _RR_TRACE_DIR=str(self.traces), LC_ALL="C.UTF-8")
        self.environment.pop("RUNNING_UNDER_RR", None)
        self.count = 0

    def run(self, *command, stdin=b"", environment=None, patience=PATIENCE):
        done = subprocess.run([str(word) for word in command], input=stdin, cwd=self.folder,
                              env={**self.environment, **(environment or {})},
                              capture_output=True, timeout=patience, check=False)
        return Output(done.returncode, done.stdout, done.stderr)

    def rr(self, *arguments, **how):
        return self.run("rr", *arguments, **how)

    def record_options(self):
        return [f"--ticks={TICKS}"] if TICKS else []

    def new_trace(self):
        self.count += 1
        return self.traces / f"recording-{self.count}"

    def record(self, *command, options=(), **how):
        trace = self.new_trace()
        output = self.rr("record", "-o", trace, *self.record_options(), *options, *command, **how)
        # What the recorder itself had to say is not the program's, and not replayed.
        lines = output.stderr.splitlines(keepends=True)
        output.stderr = b"".join(line for line in lines if not line.startswith(b"rr: "))
        assert trace.is_dir(), f"no recording was made (code {output.code}): {lines}"
        return Recording(trace, output)

    def remove(self, recording):
        shutil.rmtree(recording.trace)

    def replay(self, recording):
        return self.rr("replay", "-a", recording.trace)

    def expect_exact_replay(self, recording, times=1):
        """Every replay prints the recorded bytes, on the same streams, and succeeds."""
        for _ in range(times):
            again = self.replay(recording)
            assert again.code == 0, again.error
            assert again.stdout == recording.output.stdout
            assert again.stderr == recording.output.stderr

    def frames(self, recording):
        """The lines of `rr dump`: frame N is at N - 1."""
        dumped = self.rr("dump", recording.trace)
        assert dumped.code == 0, dumped.error
        return dumped.text.splitlines()


@pytest.fixture
def workshop():
    folder = Path(tempfile.mkdtemp(prefix="rr-test-", dir="/tmp"))
    yield Workshop(folder)
    shutil.rmtree(folder, ignore_errors=True)
