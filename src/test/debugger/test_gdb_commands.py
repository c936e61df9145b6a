"""gdb's commands that no other test is about, and those of a replay, each once."""

import re
import time

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS, needs_counter


def session_on(workshop, *command, options=("-q",)):
    recording = workshop.record(*command)
    return Gdb(["rr", "replay", *options, "-x", write_settings(workshop.folder), recording.trace],
               workshop.environment), recording


@pytest.fixture
def gdb(workshop):
    session, _ = session_on(workshop, PROGRAMS / "reads_bytes")
    yield session
    session.child.close(force=True)


@pytest.mark.sampled
def test_hbreak_advance_until_and_the_place_in_the_recording(workshop, gdb):
    before = float(re.search(r"\d+\.\d+", gdb.do("elapsed-time"))[0])
    assert "Hardware assisted breakpoint 1" in gdb.do("hbreak main")
    assert re.search(r"Breakpoint 1, main \(\)", gdb.do("continue"))
    gdb.do("delete")
    assert re.search(r"^add_bytes \(", gdb.do("advance add_bytes"), re.M)
    line = int(re.search(r"reads_bytes\.c:(\d+)", gdb.do("frame"))[1])
    # To the end of the loop, without going through it by hand.
    end = gdb.do(f"until {line + 5}")
    assert f"\n{line + 5}\t" in f"\n{end}", end
    assert re.search(r"= \{sum = \d+, count = 64\}", gdb.do("print *total"))
    after = float(re.search(r"\d+\.\d+", gdb.do("elapsed-time"))[0])
    assert 0 <= before < after < 100, (before, after)
    tid = int(re.search(r"Current tid: (\d+)", gdb.do("when-tid"))[1])
    first = workshop.rr("dump", workshop.traces / "recording-1", "1").text
    assert f" tid {tid} " in first, first


def test_libraries_are_caught_as_they_are_loaded(gdb):
    gdb.do("catch load libc")
    stopped = gdb.do("continue")
    assert re.search(r"Catchpoint 1\s+Inferior loaded .*libc\.so\.6", stopped), stopped


@pytest.mark.sampled
def test_exceptions_are_met_where_they_are_thrown_and_caught(workshop):
    gdb, _ = session_on(workshop, PROGRAMS / "throws")
    for what in ("throw", "catch", "rethrow"):
        assert f"({what})" in gdb.do(f"catch {what}")
    assert "Catchpoint 1 (exception thrown)" in gdb.do("continue")
    assert re.search(r"#1 .*fail_on \(what=.*#2 .*main \(\)", gdb.do("backtrace"), re.S)
    assert "Catchpoint 2 (exception caught)" in gdb.do("continue")
    assert "Catchpoint 3 (exception rethrown)" in gdb.do("continue")
    gdb.do("delete")
    assert "(throw)" in gdb.do("catch throw Refused")
    assert "Catchpoint 4 (exception thrown)" in gdb.do("continue")
    assert re.search(r"#1 .*refuse \(code=(code@entry=)?7\)", gdb.do("backtrace"))
    assert "exited normally" in gdb.do("continue")
    gdb.quit()


def test_options_for_the_debugger_and_places_for_emacs(workshop):
    source = workshop.folder / "reads_bytes.c"
    source.write_text("// as long as the program's\n" * 50)
    recording = workshop.record(PROGRAMS / "reads_bytes")
    told = workshop.rr("replay", "-q", "--fullname", "-o", "-batch", "-o=-ex",
                       f"-o=directory {workshop.folder}", "-o", "-ex", "-o", "break add_bytes",
                       recording.trace, "--", "-ex", "continue", patience=150)
    assert told.code == 0, told
    assert re.search(rf"\x1a\x1a{source}:\d+:\d+:beg:0x[0-9a-f]+$", told.text, re.M), told


@pytest.mark.sampled
def test_run_with_words_that_are_no_place_begins_at_the_start(gdb):
    gdb.do("tbreak main")
    gdb.do("set args foo bar")
    told = gdb.do("run")
    assert "'foo' is no place" in told and "main ()" in told, told
    gdb.do("tbreak main")
    assert "main ()" in (again := gdb.do("run")) and "no place" not in again, again
    # Nor has the next one the place of this one.
    gdb.do("run 9")
    assert gdb.do("when") == "Completed event: 9"
    gdb.do("tbreak main")
    assert "main ()" in (again := gdb.do("run")), again


def interrupted(gdb):
    """What gdb says to Ctrl-C while the program goes on."""
    gdb.child.sendline("continue")
    gdb.child.expect_exact("Continuing.")
    time.sleep(0.1)
    gdb.child.sendintr()
    return gdb.wait_for_prompt()


@needs_counter
def test_ctrl_c_stops_what_runs_and_what_gdb_steps(workshop):
    gdb, _ = session_on(workshop, PROGRAMS / "long_loop_static")
    gdb.do("break go_round")
    gdb.do("continue")
    told = interrupted(gdb)
    assert "received signal SIGINT" in told and "go_round" in told, told
    assert 0 < gdb.number("rounds") < 99999999
    # gdb steps by itself then, and looks at the value after each step.
    gdb.do("set can-use-hw-watchpoints 0")
    assert "Watchpoint 2: untouched" in gdb.do("watch untouched")
    told = interrupted(gdb)
    assert "received signal SIGINT" in told and "go_round" in told, told
    gdb.do("delete")
    assert "exited normally" in gdb.do("continue")
    gdb.quit()


def test_output_is_marked_with_its_event(workshop):
    recording = workshop.record(PROGRAMS / "hello_static")
    marked = workshop.rr("-M", "replay", "-a", recording.trace)
    number = re.match(r"\[rr (\d+) (\d+)\]", marked.text)
    assert number, marked
    frame = workshop.frames(recording)[int(number[2]) - 1]
    assert f" tid {number[1]} " in frame and "write" in frame, (frame, marked)
