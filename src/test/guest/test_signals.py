"""Signals where nothing counts, and what a recording says of them. What programs can do with signals is in
src/test/programs (signal_*)."""

import signal
import subprocess

import pytest

from recording import PROGRAMS

NO_TICKS = ["--ticks=none"]


@pytest.mark.slow
def test_without_a_counter_signals_come_before_the_next_call(workshop):
    recording = workshop.record(PROGRAMS / "signal_between_calls", options=NO_TICKS)
    assert recording.output.code == 0, recording.output
    workshop.expect_exact_replay(recording)
    frames = workshop.frames(recording)
    assert sum("signal SIGALRM " in frame and " handled" in frame for frame in frames) >= 10


@pytest.mark.slow
def test_without_a_counter_a_death_between_calls_replays(workshop):
    script = "import os, time\nif os.fork() == 0:\n  while True: sum(range(1000)); os.getppid()\n" \
             "time.sleep(0.3)\nos.kill(0, 15)"
    recording = workshop.record("setsid", "-w", "python3", "-c", script, options=NO_TICKS)
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_a_thread_that_makes_no_call_is_told_of_and_can_be_killed(workshop):
    trace = workshop.new_trace()
    script = "import signal, os; signal.alarm(1); print(os.getpid(), flush=True)\nwhile True: pass"
    started = subprocess.Popen(["rr", "record", "-o", trace, *NO_TICKS, "python3", "-c", script], cwd=workshop.folder,
                               env=workshop.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pid = int(started.stdout.readline())
    line = started.stderr.readline()
    assert f"thread {pid} has run" in line and f"kill -KILL {pid}" in line
    started.send_signal(signal.SIGTERM)
    started.communicate(timeout=60)
    assert started.returncode == -signal.SIGKILL
    assert workshop.rr("replay", "-a", trace).code == 0
