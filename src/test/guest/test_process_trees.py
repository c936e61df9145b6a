"""Trees of processes as people make them: shells, pipelines, make; and recordings that end before their processes do."""

import os
import signal
import subprocess
import time

import pytest

from recording import PROGRAMS

JOBS = """
set -m
sleep 0.05 & sleep 0.1 & wait %1; echo first; wait; echo all
(exit 3) & wait $!; echo $?
sleep 100 & kill -STOP %%; kill -CONT %%; kill %%; wait %%; echo $?
trap 'echo trapped' USR1; kill -USR1 $$; (kill -USR1 $$); echo end
for i in 1 2 3; do echo $i | cat | tr 1-3 a-c | cat | sed s/^/x/; done
"""

PYTHON = """
import multiprocessing, os, signal, subprocess, sys
print(subprocess.run(["sh", "-c", "cat; exit 4"], input=b"in\\n", stdout=subprocess.PIPE).returncode)
child = subprocess.Popen(["sleep", "100"]); child.terminate(); print(child.wait())
with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(abs, range(-3, 3)))
signal.signal(signal.SIGALRM, lambda *a: print("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()
pid = os.fork()
if pid == 0: os.kill(os.getpid(), signal.SIGKILL)
print(os.waitpid(pid, 0)[1])
"""

PERL = """
$SIG{CHLD} = sub { while ((my $p = waitpid(-1, 1)) > 0) { $n++ } };
for (1..5) { my $p = fork; exit $_ unless $p; } sleep 1 while $n < 5; print "$n\\n";
"""

MAKEFILE = """all: a b c d
a b c d: ; @echo making $@; sleep 0.01
"""


def exact(workshop, *command, code=0, **how):
    recording = workshop.record(*command, **how)
    assert recording.output.code == code, recording.output
    workshop.expect_exact_replay(recording)
    return recording.output.text


@pytest.mark.sampled
@pytest.mark.slow
def test_a_shell_with_jobs_and_traps(workshop):
    lines = exact(workshop, "bash", "-c", JOBS).splitlines()
    assert lines == ["first", "all", "3", "143", "trapped", "trapped", "end", "xa", "xb", "xc"]


@pytest.mark.slow
def test_python_with_subprocesses_signals_and_a_pool(workshop):
    text = exact(workshop, "python3", "-c", PYTHON)
    assert text.splitlines() == ["4", "-15", "[3, 2, 1, 0, 1, 2]", "alarm", "9"]


def test_perl_that_forks(workshop):
    assert exact(workshop, "perl", "-e", PERL) == "5\n"


@pytest.mark.slow
def test_make_xargs_and_timeout(workshop):
    (workshop.folder / "Makefile").write_text(MAKEFILE)
    text = exact(workshop, "make", "-j2")
    assert sorted(text.splitlines()) == [f"making {name}" for name in "abcd"]
    text = exact(workshop, "sh", "-c", "seq 6 | xargs -P2 -n1 echo item")
    assert sorted(text.splitlines()) == [f"item {n}" for n in range(1, 7)]
    exact(workshop, "timeout", "0.1", "sleep", "100", code=124)


def test_the_recording_ends_with_the_first_process_and_takes_the_others_with_it(workshop):
    script = "sleep 1000 & echo $!; (while :; do :; done) & exit 5"
    started = time.monotonic()
    recording = workshop.record("bash", "-c", script)
    assert recording.output.code == 5 and time.monotonic() - started < 50
    sleeper = int(recording.output.text)
    assert not os.path.exists(f"/proc/{sleeper}")
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_a_recording_may_wait_for_all(workshop):
    text = exact(workshop, "sh", "-c", "(sleep 0.2; echo late) & echo early", options=["-w"])
    assert text == "early\nlate\n"


@pytest.mark.slow
def test_every_way_of_output_is_printed_again(workshop):
    """To a pipe, to a file, and to a socket: other calls work on each."""
    program = PROGRAMS / "output_ways"
    recording = workshop.record(program)
    assert recording.output.code == 0 and "sendfile two\n" in recording.output.text
    workshop.expect_exact_replay(recording)
    trace = workshop.new_trace()
    out, again = workshop.folder / "out", workshop.folder / "again"
    shell = f"rr record {' '.join(workshop.record_options())} -o {trace} {program} >{out} 2>/dev/null"
    assert workshop.run("sh", "-c", shell).code == 0
    assert workshop.run("sh", "-c", f"rr replay -a {trace} >{again} 2>/dev/null").code == 0
    native = workshop.folder / "native"
    assert workshop.run("sh", "-c", f"{program} >{native} 2>/dev/null").code == 0
    assert out.read_text() == native.read_text()
    assert sorted(again.read_text().splitlines()) == sorted(out.read_text().splitlines())


def rr_record(workshop, *command):
    trace = workshop.new_trace()
    started = subprocess.Popen(["rr", "record", "-o", trace, *workshop.record_options(), *map(str, command)],
                               cwd=workshop.folder, env=workshop.environment, stdout=subprocess.PIPE)
    assert started.stdout.readline() == b"ready\n"
    return started, trace


@pytest.mark.sampled
def test_sigterm_to_the_recorder_ends_the_program_and_the_recording(workshop):
    started, trace = rr_record(workshop, "sh", "-c", "trap 'echo asked; exit 6' TERM; echo ready; while :; do sleep 0.01; done")
    started.send_signal(signal.SIGTERM)
    rest, _ = started.communicate(timeout=60)
    assert (started.returncode, rest) == (6, b"asked\n")
    again = workshop.rr("replay", "-a", trace)
    assert (again.code, again.text) == (0, "ready\nasked\n")


def test_a_program_that_does_not_heed_sigterm_is_killed(workshop):
    started, trace = rr_record(workshop, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done")
    started.send_signal(signal.SIGTERM)
    started.communicate(timeout=100)
    assert started.returncode == -signal.SIGKILL
    again = workshop.rr("replay", "-a", trace)
    assert (again.code, again.text) == (0, "ready\n")
