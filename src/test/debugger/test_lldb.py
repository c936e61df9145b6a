"""A person with lldb on a recording."""

import re
import shutil

import pexpect
import pytest

from recording import PROGRAMS

PROMPT = "(rr) "


class Lldb:
    def __init__(self, command, environment):
        self.child = pexpect.spawn(str(command[0]), [str(word) for word in command[1:]],
                                   env=dict(environment, TERM="dumb"), encoding="utf-8",
                                   codec_errors="replace", timeout=250, echo=False,
                                   dimensions=(60, 400))
        self.child.delaybeforesend = None
        self.child.expect_exact("stop reason")
        self.do("settings set use-color false")

    def do(self, line):
        self.child.sendline(line)
        # The prompt comes once before the line's echo and once behind its answer.
        self.child.sendline("script print('at' + '-rest')")
        self.child.expect(r"at-rest\r?\n")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self.child.before)


@pytest.mark.slow
def test_a_session_with_lldb(workshop):
    if not shutil.which("lldb"):
        pytest.skip("no lldb in this machine")
    recording = workshop.record(PROGRAMS / "reads_bytes")
    lldb = Lldb(["rr", "replay", "-q", "-d", "lldb", recording.trace], workshop.environment)
    try:
        assert "Breakpoint 1" in lldb.do("breakpoint set --name add_bytes")
        stopped = lldb.do("continue")
        assert "stop reason = breakpoint 1.1" in stopped, stopped
        assert re.search(r"frame #1: .*main", lldb.do("thread backtrace"))
        assert re.search(r"x0 = 0x[0-9a-f]{16}", lldb.do("register read x0"))
        assert "sum = 0" in lldb.do("frame variable *total")
        assert "Watchpoint created" in lldb.do("watchpoint set variable total->count")
        lldb.do("breakpoint delete 1")
        stopped = lldb.do("continue")
        assert "stop reason = watchpoint 1" in stopped and "new value: 64" in stopped, stopped
        lldb.do("watchpoint delete 1")
        assert "stop reason = step over" in lldb.do("thread step-over")
        assert re.search(r"Completed event: \d+", lldb.do("when"))
        refused = lldb.do("memory write $sp 1")
        assert "error" in refused, refused
        assert re.search(r"exited with status = 0", lldb.do("continue"))
    finally:
        lldb.child.close(force=True)
