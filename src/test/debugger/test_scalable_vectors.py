"""SVE's registers as gdb shows them, in both directions; on a CPU without SVE there is nothing to show."""

import re

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS, needs_counter

pytestmark = [needs_counter, pytest.mark.sampled]


def cpu_has_sve():
    with open("/proc/cpuinfo") as text:
        return " sve " in text.read().replace("\n", " ")


@pytest.fixture
def gdb(workshop):
    """In the loop of one of three threads, which preempt each other, with sums in z0 and z1."""
    if not cpu_has_sve():
        pytest.skip("this CPU has no SVE")
    recording = workshop.record(PROGRAMS / "scalable_threads", options=["-c", "20000"])
    gdb = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), recording.trace],
              workshop.environment)
    gdb.do("break sum_scalable")
    gdb.do("continue")
    gdb.do("stepi 30")
    return gdb


def vectors(gdb):
    return [gdb.do(f"output {what}") for what in ("$z0.d.u", "$z1.d.u", "$p0", "$p1", "$ffr")]


def test_registers_have_the_length_that_they_had(gdb):
    length = 8 * gdb.number("$vg")
    assert length == gdb.number("sizeof($z0)") == 8 * gdb.number("sizeof($p0)")
    assert gdb.number("$z0.d.u[0]") == gdb.number("$v0.d.u[0]") != 0
    lanes = gdb.do("output/x $z0.d.u")
    assert len(set(re.findall(r"0x[0-9a-f]+", lanes))) == 1, lanes    # all lanes have the same sum
    assert re.search(r"^z31 .*\n(.*\n)*p15 ", gdb.do("info registers vector"), re.M)


def test_going_back_and_forth_comes_to_the_same(gdb):
    seen = []
    for _ in range(12):
        seen.append(vectors(gdb))
        gdb.do("stepi")
    assert len({str(one) for one in seen}) > 4
    for one in reversed(seen):
        gdb.do("reverse-stepi")
        assert vectors(gdb) == one
    # Behind many preemptions, and from a copy of the replay.
    gdb.do("checkpoint")
    gdb.do("delete")
    gdb.do("stepi 500")
    far = vectors(gdb)
    gdb.do("restart 1")
    assert vectors(gdb) == seen[0]
    gdb.do("stepi 500")
    assert vectors(gdb) == far


def test_a_call_from_the_debugger_leaves_them(gdb):
    before = vectors(gdb)
    assert int(gdb.do("output (int)getpid()")) > 0
    assert vectors(gdb) == before
    gdb.do("set variable $z0.d.u[1] = 5")
    assert gdb.number("$z0.d.u[1]") == 5
    gdb.do("end-diversion")
    assert vectors(gdb) == before
