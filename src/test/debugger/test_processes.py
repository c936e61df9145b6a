"""gdb on a recording of several processes: following, catching, signals, threads and their storage."""

import re

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS, needs_counter


@pytest.fixture
def recording(workshop):
    made = workshop.record(PROGRAMS / "makes_processes")
    assert made.output.code == 0, made.output
    return made


@pytest.fixture
def gdb(workshop, recording):
    session = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), recording.trace],
                  workshop.environment)
    yield session
    session.child.close(force=True)


def at_main(gdb):
    gdb.do("tbreak main")
    assert "main ()" in gdb.do("continue")


def test_the_child_of_a_fork_is_followed(gdb):
    gdb.do("set follow-fork-mode child")
    gdb.do("break in_child")
    stopped = gdb.do("continue")
    assert re.search(r"Breakpoint 1, in_child \(base=(base@entry=)?4\)", stopped), stopped
    assert re.search(r"by_fork \(\)", gdb.do("backtrace"))
    assert re.search(r"^\* 2 .*makes_processes", gdb.do("info inferiors"), re.M)
    assert "7" in gdb.do("finish")
    assert re.search(r"exited with code 07", gdb.do("continue"))


@pytest.mark.sampled
def test_both_processes_of_a_fork_are_kept(gdb):
    at_main(gdb)
    gdb.do("set detach-on-fork off")
    gdb.do("set schedule-multiple on")
    gdb.do("break in_child")
    gdb.do("break expect_end")
    stops = [gdb.do("continue") for _ in range(2)]
    assert any(re.search(r"in_child \(base=(base@entry=)?4\)", text) for text in stops), stops
    inferiors = gdb.do("info inferiors")
    assert len(re.findall(r"process \d+ .*makes_processes", inferiors)) == 2, inferiors
    gdb.do("inferior 2")
    assert gdb.number("$_inferior") == 2
    gdb.do("inferior 1")
    assert re.search(r"main \(\)", gdb.do("backtrace"))


def test_fork_vfork_exec_and_calls_are_caught(gdb):
    at_main(gdb)
    gdb.do("catch fork")
    gdb.do("catch vfork")
    assert re.search(r"Catchpoint 2 \(forked process \d+\)", gdb.do("continue"))
    assert re.search(r"Catchpoint 3 \(vforked process \d+\)", gdb.do("continue"))
    gdb.do("set follow-fork-mode child")
    gdb.do("catch exec")
    assert re.search(r"Catchpoint 4 \(exec'd .*/echo\)", gdb.do("continue"))
    assert gdb.do("info symbol $pc").startswith("_start")
    gdb.do("catch syscall write")
    stopped = gdb.do("continue")
    assert re.search(r"Catchpoint 5 \(call to syscall write\)", stopped), stopped
    assert gdb.number("$x8") == 64 and gdb.number("$x0") == 1
    assert gdb.do("x/s $x1").endswith('"from the executed\\n"')
    assert "returned from syscall write" in gdb.do("continue")
    assert gdb.number("$x0") == len("from the executed\n")


def test_signals_are_stopped_at_passed_over_and_described(gdb):
    at_main(gdb)
    stopped = gdb.do("continue")
    assert "received signal SIGUSR1" in stopped, stopped
    # Where it came, not in its handler.
    assert re.search(r"raise .*main \(\)", gdb.do("backtrace"), re.S)
    assert gdb.number("$_siginfo.si_signo") == 10
    # SI_TKILL: of the program itself.
    assert gdb.do("print $_siginfo.si_code") == "$1 = -6"
    gdb.do("stepi")
    assert "on_signal" in gdb.do("info symbol $pc")
    gdb.do("handle SIGUSR1 nostop noprint pass")
    gdb.do("break on_signal")
    stopped = gdb.do("run")
    assert re.search(r"on_signal \(number=(number@entry=)?10\)", stopped), stopped
    assert "<signal handler called>" in gdb.do("backtrace")


@needs_counter
def test_a_signal_is_met_going_back_and_told_of_once(gdb):
    gdb.do("break expect_end")
    gdb.do("handle SIGUSR1 stop print pass")
    gdb.do("run end")
    assert "received signal SIGUSR1" in (back := gdb.do("reverse-continue")), back
    assert "raise" in gdb.do("backtrace")
    gdb.do("tbreak on_signal")
    assert "Temporary breakpoint 2, on_signal" in (forth := gdb.do("continue")), forth
    assert "received signal SIGUSR1" in gdb.do("reverse-continue")
    assert "Breakpoint 1, expect_end" in gdb.do("reverse-continue")


@needs_counter
def test_forks_are_caught_going_back(gdb):
    at_main(gdb)
    gdb.do("handle SIGUSR1 nostop noprint")
    gdb.do("catch fork")
    gdb.do("catch vfork")
    gdb.do("break fail_on_purpose")
    forked = r"Catchpoint 2 \(forked process \d+\)"
    vforked = r"Catchpoint 3 \(vforked process \d+\)"
    places = []
    for what in (forked, vforked, "Breakpoint 4"):
        assert re.search(what, stopped := gdb.do("continue")), stopped
        places.append(gdb.do("when"))
    assert re.search(vforked, stopped := gdb.do("reverse-continue")), stopped
    assert gdb.do("when") == places[1]
    assert re.search(forked, stopped := gdb.do("reverse-continue")), stopped
    assert gdb.do("when") == places[0]
    assert re.search(vforked, stopped := gdb.do("continue")), stopped
    gdb.do("disable 2")
    assert "No more reverse-execution history" in gdb.do("reverse-continue")


@needs_counter
def test_the_end_and_the_beginning_of_a_process_are_met_going_back(gdb):
    at_main(gdb)
    gdb.do("set detach-on-fork off")
    gdb.do("set schedule-multiple on")
    gdb.do("break in_child")
    assert "in_child" in gdb.do("continue")
    assert "exited with code 07" in gdb.do("continue")
    gdb.do("inferior 1")
    back = gdb.do("reverse-continue")
    assert re.search(r"Process (\d+) ends here", back), back
    assert re.search(r"_exit|exit_group", gdb.do("backtrace 1") + gdb.do("x/i $pc")), back
    assert len(re.findall(r"process \d+ ", gdb.do("info inferiors"))) == 2
    assert "in_child" in (back := gdb.do("reverse-continue")), back
    back = gdb.do("reverse-continue")
    assert "begins here" in back and "exited normally" in back, back
    assert len(re.findall(r"process \d+ ", gdb.do("info inferiors"))) == 1


def test_threads_have_their_own_variables(gdb):
    at_main(gdb)
    gdb.do("handle SIGUSR1 nostop noprint")
    gdb.do("break fail_on_purpose")
    stopped = gdb.do("continue")
    assert "fail_on_purpose" in stopped, stopped
    assert len(re.findall(r"Thread \d+\.\d+", gdb.do("info threads"))) == 2
    gdb.do("finish")
    # For a thread-local variable of a program, GCC for this CPU writes no place into the debugging
    # information; errno's is known from libc's symbols.
    assert gdb.do("print errno") == "$1 = 9"
    theirs = gdb.number("&errno")
    gdb.do("thread 1")
    assert gdb.do("print errno") == "$2 = 0"
    assert gdb.number("&errno") != theirs


def test_a_step_over_a_call_that_waits_ends_behind_it(gdb):
    at_main(gdb)
    gdb.do("handle SIGUSR1 nostop noprint")
    gdb.do("tbreak fail_on_purpose")
    gdb.do("continue")
    gdb.do("thread 1")
    assert "svc" in (waiting := gdb.do("x/i $pc")), waiting
    call = gdb.number("$pc")
    gdb.do("stepi")
    assert gdb.number("$pc") == call + 4
    gdb.do("reverse-stepi")
    assert gdb.number("$pc") == call
    gdb.do("reverse-stepi")
    assert gdb.number("$pc") == call - 4
    gdb.do("stepi")
    gdb.do("stepi")
    assert gdb.number("$pc") == call + 4


def test_the_process_is_described(gdb, recording):
    at_main(gdb)
    mappings = gdb.do("info proc mappings")
    assert re.search(r"0x[0-9a-f]+ .*r-xp .*/makes_processes$", mappings, re.M), mappings
    assert re.search(r"\[stack\]", mappings)
    assert "makes_processes" in gdb.do("info proc exe")
    assert re.search(r"AT_PHDR", gdb.do("info auxv"))
    libraries = gdb.do("info sharedlibrary")
    assert re.search(r"Yes.*libc\.so\.6", libraries), libraries
    begin = gdb.number("$sp") & ~0xfff
    assert re.search(r"pattern.* found", gdb.do(f"find /b {begin}, +0x2000, 'm', 'a', 'k', 'e', 's', '_'"))
    gdb.do("set $x0 = 0x1234")
    gdb.do("end-diversion")
    assert gdb.number("$x0") == 1, "the argument count: the recording is not changed"
