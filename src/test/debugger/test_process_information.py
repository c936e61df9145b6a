"""What gdb shows of the recorded process beside memory: names of threads, /proc, the signal that came."""

import re

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS


@pytest.fixture
def named(workshop):
    """At a place where every thread has got its name, by way of `catch signal`."""
    recording = workshop.record(PROGRAMS / "named_threads")
    session = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), recording.trace],
                  workshop.environment)
    assert "Catchpoint 1 (signal SIGUSR1)" in session.do("catch signal SIGUSR1")
    assert "Catchpoint 1 (signal SIGUSR1)" in (stopped := session.do("continue")), stopped
    assert "all_are_named" in session.do("backtrace")
    yield session
    session.child.close(force=True)


@pytest.mark.sampled
def test_threads_have_the_names_that_they_were_given(named):
    names = sorted(re.findall(r'"([^"]*)"', named.do("info threads")))
    assert names == ["by another", "by itself", "first", "heirs, cut to 15"[:15]], names
    # A copy of the replay has them, too; and where the first thread was born, they were others.
    named.do("tbreak main")
    named.do("run")
    assert re.findall(r'"([^"]*)"', named.do("info threads")) == ["named_threads"]


def test_proc_tells_of_the_recorded_process(workshop, named):
    pid = int(re.search(r"process (\d+)", named.do("info inferiors"))[1])
    told = named.do("info proc")
    assert re.search(rf"^process {pid}$", told, re.M), told
    assert f"cmdline = '{PROGRAMS}/named_threads'" in told, told
    assert "cwd = '/var/tmp'" in told and f"exe = '{PROGRAMS}/named_threads'" in told, told
    status = named.do("info proc status")
    assert re.search(r"Name:\s+first\n.*Threads:\s+4", status, re.S), status
    stat = named.do("info proc stat")
    assert f"Process: {pid}" in stat and "Exec file: first" in stat and "State: t" in stat, stat
    named.do("tbreak main")
    named.do("run")
    assert f"cwd = '{workshop.folder}'" in named.do("info proc cwd")


def test_what_a_replay_cannot_do_is_said(named):
    assert "Unable to write siginfo" in (told := named.do("print $_siginfo.si_signo = 5")), told
    assert "= 10" in named.do("print $_siginfo.si_signo")
    named.do("delete")
    told = named.do("signal SIGINT")
    assert "The signal is not sent" in told and "exited normally" in told, told
