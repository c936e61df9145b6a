"""A person with lldb on a recording."""

import re

import pexpect
import pytest

from recording import PROGRAMS


class Lldb:
    """At a terminal lldb tells of a stop behind the next prompt, whenever it comes."""

    def __init__(self, command, environment):
        self.child = pexpect.spawn(str(command[0]), [str(word) for word in command[1:]],
                                   env=dict(environment, TERM="dumb"), encoding="utf-8",
                                   codec_errors="replace", timeout=100, echo=False,
                                   dimensions=(60, 400))
        self.child.delaybeforesend = None
        self.child.expect_exact("stop reason")
        self.do("settings set use-color false")

    def do(self, line, told=""):
        """What lldb answers; if `told` is given, up to where it has said that and the rest."""
        self.child.sendline(line)
        self.child.expect(told)
        seen = self.child.before + (self.child.after or "")
        # The answer to this has words that its echo does not have.
        self.child.sendline("settings show stop-line-count-after")
        self.child.expect(r"stop-line-count-after \(\w+\) = \d+\r?\n")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", seen + self.child.before)

    def go(self, line):
        return self.do(line, r"Process \d+ (stopped|exited)")


@pytest.fixture
def lldb(workshop):
    recording = workshop.record(PROGRAMS / "reads_bytes")
    temporary = workshop.folder / "of lldb"
    temporary.mkdir()
    session = Lldb(["rr", "replay", "-q", "-d", "lldb", recording.trace],
                   dict(workshop.environment, TMPDIR=str(temporary)))
    yield session
    session.child.close(force=True)


@pytest.mark.sampled
def test_a_session_with_lldb(lldb):
    assert "Breakpoint 1" in lldb.do("breakpoint set --name add_bytes")
    stopped = lldb.go("continue")
    assert "stop reason = breakpoint 1.1" in stopped, stopped
    assert re.search(r"frame #1: .*main", lldb.do("thread backtrace"))
    assert re.search(r"x0 = 0x[0-9a-f]{16}", lldb.do("register read x0"))
    assert "sum = 0" in lldb.do("frame variable *total")
    assert "Watchpoint created" in lldb.do("watchpoint set variable total->count")
    lldb.do("breakpoint delete 1")
    stopped = lldb.go("continue")
    assert "stop reason = watchpoint 1" in stopped and "new value: 1\n" in stopped, stopped
    lldb.do("watchpoint delete 1")
    assert "stop reason = step over" in lldb.go("thread step-over")
    assert re.search(r"Completed event: \d+", lldb.do("when"))
    assert re.search(r"exited with status = 0", lldb.go("continue"))


def test_signals_have_their_names(workshop):
    recording = workshop.record("sh", "-c", "trap : USR1; kill -USR1 $$; sleep 0; exit 3")
    session = Lldb(["rr", "replay", "-q", "-d", "lldb", recording.trace], workshop.environment)
    try:
        assert "signal SIGUSR1" in session.go("continue")
        # lldb goes on by itself behind this one.
        assert "received signal: SIGCHLD" in session.do("continue", r"exited with status = 3")
    finally:
        session.child.close(force=True)


@pytest.fixture
def lldb_on_functions(workshop):
    recording = workshop.record(PROGRAMS / "diversions")
    session = Lldb(["rr", "replay", "-q", "-d", "lldb", recording.trace], workshop.environment)
    yield session
    session.child.close(force=True)


def test_functions_are_called_and_changes_are_made_with_lldb(lldb_on_functions):
    lldb = lldb_on_functions
    lldb.do("breakpoint set --one-shot true --name here")
    assert "stop reason = one-shot breakpoint" in lldb.go("continue")
    assert "= 10" in lldb.do("expression add(1, 2)")
    assert "= 4.5" in lldb.do("expression half(9.0)")
    assert '"hello, lldb"' in lldb.do('expression greet("lldb")')
    assert "= 22" in lldb.do("expression outer(3)")
    assert "SIGSEGV" in lldb.do("expression faults(0)")
    assert "= 100" in lldb.do("expression level = 100")
    assert "= 100" in lldb.do("expression add(0, 0)")
    assert "error" not in lldb.do("register write x19 0x1234")
    assert "0x0000000000001234" in lldb.do("register read x19")
    lldb.do("end-diversion")
    stepped = lldb.go("thread step-inst")
    assert "= 7" in lldb.do("expression level"), stepped
    ended = lldb.go("continue")
    if "exited" not in ended:  # a signal, of the child's end
        ended = lldb.go("continue")
    assert "exited with status = 5" in ended, ended
