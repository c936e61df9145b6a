"""A replay that diverges while a person is there: the state can be looked at."""

import re

import pexpect
import pytest

from gdb_session import PROMPT, Gdb, write_settings
from recording import BUILD, PROGRAMS


@pytest.fixture
def changed(workshop):
    """A recording with a bit flipped in what the third getrandom gave, and the frame at which that
    shows."""
    recording = workshop.record(PROGRAMS / "reads_bytes")
    frames = [int(line.split()[0]) for line in workshop.frames(recording)
              if re.search(r"getrandom\(.*, 64", line)]
    trace = workshop.new_trace()
    planted = workshop.run(BUILD / "bin/plant_divergence", recording.trace, trace, "flip", frames[2], 0)
    assert planted.code == 0, planted.error
    return trace, frames[2] + 1


def test_gdb_is_told_and_sees_the_state(workshop, changed):
    trace, frame = changed
    gdb = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), trace],
              workshop.environment)
    stopped = gdb.do("continue")
    assert f"diverged from the recording at frame {frame}:" in stopped, stopped
    assert "<-- differs" in stopped and "received signal SIGTRAP" in stopped, stopped
    assert "main ()" in gdb.do("backtrace")
    assert gdb.number("$x1") != 0
    assert "diverged" in gdb.do("continue")
    gdb.do("tbreak main")
    assert "main ()" in gdb.do("run")
    gdb.quit()


def test_at_a_terminal_a_debugger_follows_the_report(workshop, changed):
    trace, frame = changed
    settings = write_settings(workshop.folder)
    child = pexpect.spawn("rr", ["replay", "-q", "-a", "-x", str(settings), str(trace)],
                          env=dict(workshop.environment, TERM="dumb"), encoding="utf-8", timeout=150,
                          echo=False)
    try:
        child.expect(f"diverged from the recording at frame {frame}:")
        child.expect("a debugger follows")
        child.expect_exact(PROMPT)
        child.sendline("backtrace")
        child.expect(r"main \(\)")
        child.sendline("quit")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 70
    finally:
        child.close(force=True)
