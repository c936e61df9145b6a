"""Whose turn it is: fairness, what a program is told of its CPUs, and chaos mode, which finds races
that ordinary runs do not: RR_ORDINARY is how many of these each bug is given, RR_SEEDS how many seeds at most."""

import os
import re

import pytest

from recording import PROGRAMS, needs_counter

ORDINARY = int(os.environ.get("RR_ORDINARY", "5"))
SEEDS = int(os.environ.get("RR_SEEDS", "100"))
BUGS = ["wakeup", "aba", "free", "starvation", "deadlock"]

SPINNER = """
import os, threading
turns = []
def spin(me):
    while len(turns) < 6:
        if not turns or turns[-1] != me:
            turns.append(me)
threads = [threading.Thread(target=spin, args=(me,)) for me in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(turns) >= 6)
"""


@needs_counter
@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_chaos_mode_finds_a_race_that_ordinary_runs_miss(workshop, bug):
    for _ in range(ORDINARY):
        assert workshop.record(PROGRAMS / "races_static", bug).output.code == 0
    for seed in range(1, SEEDS + 1):
        options = ["--chaos", f"--chaos-seed={seed}"]
        recording = workshop.record(PROGRAMS / "races_static", bug, options=options)
        if recording.output.code != 0:
            workshop.expect_exact_replay(recording)
            return
    pytest.fail(f"not found with {SEEDS} seeds")


def test_chaos_mode_says_its_seed(workshop):
    said = workshop.rr("record", *workshop.record_options(), "-h", PROGRAMS / "hello_static")
    assert said.code == 0
    assert re.search(r"chaos mode, --chaos-seed=\d+", said.error)


def test_one_thread_is_never_preempted_nor_switched_from(workshop):
    recording = workshop.record("python3", "-c", "print(sum(range(300000)))",
                                options=["-c", "10000"])
    assert recording.output.text == f"{sum(range(300000))}\n"
    assert not any("preempt" in line for line in workshop.frames(recording))


COUNTERS = """
import mmap, os
counts = memoryview(mmap.mmap(-1, 4096)).cast("Q")
me = 1 if os.fork() == 0 else 0
while counts[0] < 100000 and counts[1] < 100000: counts[me] += 1
if me == 0:
    os.wait()
    print(min(counts[:2]) * 4 > max(counts[:2]))
"""


@needs_counter
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become less nice again")
def test_niceness_that_all_begin_with_makes_no_difference_between_them(workshop):
    os.setpriority(os.PRIO_PROCESS, 0, 10)
    try:
        recording = workshop.record("python3", "-c", COUNTERS, options=["-c", "50000"])
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    assert recording.output.text == "True\n", recording.output


@needs_counter
@pytest.mark.slow
def test_spinning_threads_get_their_turns(workshop):
    recording = workshop.record("python3", "-c", SPINNER, options=["-c", "200000"])
    assert recording.output.text == "True\n", recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_switching_after_every_event_is_replayed(workshop):
    recording = workshop.record(PROGRAMS / "futex_words", options=["--always-switch"])
    assert recording.output.code == 0, recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.parametrize("cores", [1, 4, 128])
def test_a_program_is_told_as_many_cores_as_wished(workshop, cores):
    recording = workshop.record("nproc", options=[f"--num-cores={cores}"])
    assert recording.output.text == f"{cores}\n"
    workshop.expect_exact_replay(recording)


def test_all_ways_to_ask_tell_of_the_same_cores(workshop):
    """Python begins with room for 64 processors, and takes more when that is refused."""
    ask = ("import os; print(os.sysconf('SC_NPROCESSORS_ONLN'), sorted(os.sched_getaffinity(0))[-1],"
           "os.sched_setaffinity(0, {65}))")
    recording = workshop.record("python3", "-c", ask, options=["--num-cores=100"])
    assert recording.output.text == "100 99 None\n", recording.output
    workshop.expect_exact_replay(recording)
