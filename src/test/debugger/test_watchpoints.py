"""gdb's watchpoints on a recording: every kind and size, by the CPU's slots and without them."""

import re

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS, needs_counter


@pytest.fixture
def gdb(workshop):
    recording = workshop.record(PROGRAMS / "watched")
    assert recording.output.code == 0
    session = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), recording.trace],
                  workshop.environment)
    session.do("break main")
    assert "main ()" in session.do("continue")
    session.do("delete")
    yield session
    session.child.close(force=True)


@pytest.mark.sampled
@pytest.mark.user
def test_watch_shows_every_change_with_old_and_new_value(gdb):
    gdb.do("watch cells.word")
    seen = []
    while "exited" not in (stopped := gdb.do("continue")):
        values = re.search(r"watchpoint \d+: cells\.word\s+Old value = (\d+)\s+New value = (\d+)\s+(.*)",
                           stopped)
        assert values, stopped
        seen.append((int(values[1]), int(values[2])))
        if len(seen) == 1:
            assert values[3].startswith("write_each (value="), stopped
    # A store of the same value is no change, and the child's is in other memory.
    assert seen == [(0, 7), (7, 12)]


def test_watch_of_each_size_tells_of_its_bytes_alone(gdb):
    for member, size in (("byte", 1), ("half", 2), ("word", 4), ("wide", 8)):
        assert gdb.number(f"sizeof(cells.{member})") == size
        gdb.do(f"watch cells.{member}")
        stopped = gdb.do("continue")
        assert re.search(rf"Hardware watchpoint \d+: cells\.{member}\s+Old value = 0.*"
                         r"\s+New value = 7", stopped), stopped
        gdb.do("delete")


def test_rwatch_and_awatch_tell_of_reads(gdb):
    gdb.do("tbreak write_the_same")
    gdb.do("continue")
    gdb.do("rwatch cells.word")
    assert "Hardware read watchpoint" in (stopped := gdb.do("continue"))
    assert "Value = 7" in stopped and "write_the_same" in stopped, stopped
    assert "read_word" in gdb.do("continue")
    gdb.do("delete")
    gdb.do("awatch cells.word")
    stopped = gdb.do("continue")
    assert re.search(r"Hardware access \(read/write\) watchpoint .*Old value = 7\s+New value = 12",
                     stopped, re.S), stopped


def test_a_system_call_that_writes_is_met(gdb):
    gdb.do("watch cells.text[0]")
    assert re.search(r"New value = 97 'a'", gdb.do("continue"))
    stopped = gdb.do("continue")
    assert re.search(r"Old value = 97 'a'\s+New value = 102 'f'", stopped), stopped
    assert re.search(r"#\d+ .* read_from_pipe \(\)", gdb.do("backtrace")), gdb.do("backtrace")


def test_a_write_of_another_thread_is_met(gdb):
    gdb.do("watch cells.wide")
    gdb.do("continue")
    stopped = gdb.do("continue")
    assert re.search(r"Old value = 7\s+New value = 1000", stopped), stopped
    assert "in_thread" in stopped, stopped
    assert "2" in gdb.do("print $_thread")


def test_more_than_the_slots_hold_and_large_ranges(gdb):
    """48 bytes are six slots, of which the CPU has four: the program is stepped instead."""
    gdb.do("tbreak copy_text")
    gdb.do("continue")
    gdb.do("watch cells.text")
    # However many stores it takes, each is met.
    for _ in range(6):
        stopped = gdb.do("continue")
        assert re.search(r"Hardware watchpoint \d+: cells\.text\s+Old value = .*\s+New value = ",
                         stopped), stopped
        if '"a text of forty-eight bytes, which vectors copy."' in gdb.do("print cells.text"):
            break
    else:
        raise AssertionError(stopped)
    gdb.do("delete")
    gdb.do("tbreak in_child")
    gdb.do("continue")
    gdb.do("tbreak watched.c:79")
    gdb.do("continue")
    gdb.do("watch table")
    stopped = gdb.do("continue")
    assert "New value" in stopped and "main" in stopped, stopped
    assert gdb.number("table[1027]") == 1024
    gdb.do("delete")
    gdb.do("rwatch -l cells.guard_before")
    for name in ("byte", "half", "wide"):
        gdb.do(f"rwatch -l cells.{name}")
    gdb.do("watch -l table[2000]")
    assert "New value = 99" in gdb.do("continue")
    # The arguments of printf, in the compiler's order.
    read = [re.search(r"Hardware read watchpoint .*cells\.(\w+)", gdb.do("continue"))[1]
            for _ in range(3)]
    assert sorted(read) == ["byte", "half", "wide"]


def test_a_watchpoint_with_a_condition(gdb):
    gdb.do("watch cells.wide if cells.wide > 100")
    assert "New value = 1000" in gdb.do("continue")


def test_a_watchpoint_is_in_the_child_too_when_gdb_follows_it(gdb):
    gdb.do("tbreak in_child")
    gdb.do("continue")
    gdb.do("watch cells.word")
    gdb.do("set follow-fork-mode child")
    stopped = gdb.do("continue")
    assert re.search(r"Old value = 12\s+New value = 4242", stopped), stopped


def test_what_was_written_first_is_the_same_in_every_session(gdb):
    def look():
        stopped = gdb.do("continue")
        assert "New value" in stopped, stopped
        return [gdb.number(what) for what in ("$pc", "$sp", "&cells.word", "cells.word")]

    gdb.do("watch cells.word")
    first = [look(), look()]
    again = gdb.do("run")
    assert "New value" in again, again
    assert [[gdb.number(what) for what in ("$pc", "$sp", "&cells.word", "cells.word")], look()] == first


@pytest.fixture
def two(workshop):
    recording = workshop.record(PROGRAMS / "watched_by_two")
    assert recording.output.code == 0
    session = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), recording.trace],
                  workshop.environment)
    session.do("tbreak look")
    assert "look ()" in session.do("continue")
    yield session
    session.child.close(force=True)


@needs_counter
def test_what_is_shared_is_watched_where_both_processes_are_debugged(two):
    """The watchpoint is of the one in which it was set: gdb looks at no other."""
    two.do("set detach-on-fork off")
    two.do("watch -l cells[0]")
    two.do("watch -l cells[2]")
    for old, new in ((1, 42), (2, int.from_bytes(b"abcdefgh", "little"))):
        stopped = two.do("continue")
        assert VALUES.search(stopped).groups() == (str(old), str(new)), stopped
        assert re.search(r"Touched by thread (\d+) of process \1\.", stopped), stopped
    assert len(re.findall(r"process \d+ ", two.do("info inferiors"))) == 2
    stopped = two.do("reverse-continue")
    assert VALUES.search(stopped).groups() == (str(new), str(old)), stopped
    stopped = two.do("reverse-continue")
    assert VALUES.search(stopped).groups() == ("42", "1"), stopped


VALUES = re.compile(r"watchpoint \d+: .*Old value = (\d+)\s+New value = (\d+)", re.S)
BY_ANOTHER = re.compile(r"Touched by thread (\d+) of process \1, which is not debugged\.")


@pytest.mark.parametrize("cell, old, new", [(0, 1, 42), (2, 2, int.from_bytes(b"abcdefgh", "little")),
                                            (4, 0, 42)])
def test_what_another_process_writes_to_shared_memory_is_met(two, cell, old, new):
    two.do(f"watch -l cells[{cell}]")
    stopped = two.do("continue")
    assert VALUES.search(stopped).groups() == (str(old), str(new)), stopped
    assert BY_ANOTHER.search(stopped), stopped
    place = two.do("when")
    two.do("run end")
    assert two.number(f"cells[{cell}]") == new
    stopped = two.do("reverse-continue")
    assert VALUES.search(stopped).groups() == (str(new), str(old)), stopped
    assert BY_ANOTHER.search(stopped), stopped
    stopped = two.do("continue")
    assert VALUES.search(stopped).groups() == (str(old), str(new)), stopped
    assert two.do("when") == place
