"""Recordings whose end was not planned: a full disk, a killed recorder, a folder that goes. What was
written until then replays, the person is told, and nothing is left running."""

import contextlib
import glob
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from recording import PROGRAMS

INSTANTS = int(os.environ.get("RR_INSTANTS", "30"))
KILLS = int(os.environ.get("RR_KILLS", "30"))


def expect_no_survivor(workshop, name):
    for _ in range(50):
        if workshop.run("pgrep", "-x", name[:15]).code == 1:
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} outlived its recorder")


@pytest.fixture
def small_disk(workshop):
    mounted = workshop.folder / "disk"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", mounted], check=True)
    yield mounted
    subprocess.run(["umount", mounted], check=True)


def test_disk_full_while_recording(workshop, small_disk):
    output = workshop.rr("record", "-o", small_disk / "trace", *workshop.record_options(),
                         PROGRAMS / "reads_random_static", "100000")
    assert output.code == 74
    assert "No space left" in output.error and str(small_disk) in output.error
    expect_no_survivor(workshop, "reads_random_static")
    again = workshop.rr("replay", "-a", small_disk / "trace")
    assert again.code == 0, again.error
    assert "did not close" in again.error
    assert again.stdout.startswith(b"block 0 sum ") and output.stdout.startswith(again.stdout)


def test_disk_full_from_the_start(workshop, small_disk):
    (small_disk / "filler").write_bytes(bytes(2 << 20)[:small_disk_room(small_disk)])
    output = workshop.rr("record", "-o", small_disk / "trace", *workshop.record_options(), "true")
    assert output.code == 74 and "No space left" in output.error
    assert not (small_disk / "trace").exists()


def small_disk_room(folder):
    return shutil.disk_usage(folder).free - 8192


def start(workshop, trace, *command):
    return subprocess.Popen(["rr", "record", "-o", str(trace), *workshop.record_options(), *command],
                            env=workshop.environment, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)


def kill_after(workshop, seconds):
    """What the recorder's program had printed, and what the replay of the recording printed."""
    trace = workshop.new_trace()
    recorder = start(workshop, trace, PROGRAMS / "loop_of_calls", "1000000")
    time.sleep(seconds)
    recorder.send_signal(signal.SIGKILL)
    seen = recorder.stdout.read()
    assert recorder.wait(60) == -signal.SIGKILL
    again = workshop.rr("replay", "-a", trace)
    frames = workshop.rr("dump", trace, "end")
    shutil.rmtree(trace, ignore_errors=True)
    return seen, again, frames


@pytest.mark.slow
def test_recorder_killed_at_any_instant(workshop):
    replayed = 0
    for i in range(INSTANTS):
        seen, again, frames = kill_after(workshop, 0.01 + 0.15 / INSTANTS * i)
        if again.code == 65:
            # Killed before its first block, or even before there was a recording.
            assert re.search("cut off|no recording|not a recording", again.error), again.error
            continue
        assert again.code == 0, again.error
        assert seen.startswith(again.stdout)
        assert frames.code == 0
        replayed += 1
    assert replayed > INSTANTS // 4
    expect_no_survivor(workshop, "loop_of_calls")


def descendants(pid):
    """Of a process: the numbers of all below it that live."""
    children = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(stat) as file:
                number, rest = file.read().split(" ", 1)
        except OSError:
            continue
        state, parent = rest.rsplit(") ", 1)[1].split()[:2]
        if state not in "ZX":
            children.setdefault(int(parent), []).append(int(number))
    found = []
    for child in children.get(pid, []):
        found += [child, *descendants(child)]
    return found


@pytest.mark.slow
def test_a_tracee_killed_at_any_instant(workshop):
    """By somebody outside: the others go on, and what was recorded is replayed to its end."""
    chosen = random.Random(11)
    program = f"seq 30 | sort -r | wc -l; {PROGRAMS}/threads_race; true"
    killed = 0
    for i in range(KILLS):
        trace = workshop.new_trace()
        recorder = start(workshop, trace, "sh", "-c", program)
        time.sleep(0.02 + 0.08 / KILLS * i)
        victims = descendants(recorder.pid)
        with contextlib.suppress(ProcessLookupError, IndexError):  # none is left
            os.kill(chosen.choice(victims), signal.SIGKILL)
            killed += 1
        seen = recorder.stdout.read()
        code = recorder.wait(60)
        assert descendants(recorder.pid) == []
        again = workshop.rr("replay", "-a", trace)
        assert again.code == 0, (i, code, again.error)
        assert again.stdout == seen
        shutil.rmtree(trace)
    assert killed > KILLS // 3


@pytest.mark.slow
def test_processes_killed_as_they_make_others(workshop):
    """Mostly inside clone, where nobody has told yet of the child: a thread dies with its process, a child lives on."""
    chosen = random.Random(5)
    trace = workshop.new_trace()
    recorder = start(workshop, trace, "sh", "-c",
                     f"for i in $(seq {KILLS}); do {PROGRAMS}/makes_others without end; done; echo done")
    for _ in range(KILLS):
        maker = recorder.stdout.readline().split()
        time.sleep(chosen.random() * 0.01)
        os.kill(int(maker[1]), signal.SIGKILL)
    assert recorder.stdout.read().endswith(b"done\n")
    assert recorder.wait(60) == 0
    expect_no_survivor(workshop, "makes_others")
    again = workshop.rr("replay", "-a", trace)
    assert again.code == 0 and again.stdout.endswith(b"done\n"), again.error


@pytest.mark.slow
def test_recorder_killed_at_a_few_instants(workshop):
    for seconds in (0.02, 0.1, 0.25):
        seen, again, _ = kill_after(workshop, seconds)
        assert again.code in (0, 65), again.error
        assert seen.startswith(again.stdout)
    assert again.code == 0, again.error
    expect_no_survivor(workshop, "loop_of_calls")


@pytest.mark.user
def test_two_recorders_at_once(workshop):
    outputs = {}

    def record(word):
        outputs[word] = workshop.rr("record", *workshop.record_options(), "sh", "-c",
                                    f"for i in 1 2 3; do echo {word} $i; done")

    threads = [threading.Thread(target=record, args=[word]) for word in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(output.code == 0 for output in outputs.values()), outputs
    names = workshop.rr("ls").text.split()
    assert names == ["sh-0", "sh-1", "sh-2"]
    printed = {workshop.rr("replay", "-a", name).stdout for name in names}
    assert printed == {output.stdout for output in outputs.values()}


def test_folder_removed_while_recording(workshop):
    trace = workshop.new_trace()
    recorder = start(workshop, trace, "sh", "-c", "echo begun; sleep 0.5; ls /; echo done")
    assert recorder.stdout.readline() == b"begun\n"
    shutil.rmtree(trace)
    recorder.stdout.read()
    assert recorder.wait(60) == 74


def test_removing_what_is_being_recorded_is_refused(workshop):
    trace = workshop.new_trace()
    recorder = start(workshop, trace, "sh", "-c", "echo begun; sleep 100")
    assert recorder.stdout.readline() == b"begun\n"
    output = workshop.rr("rm", trace)
    assert output.code == 1 and "being recorded" in output.error
    assert workshop.rr("pack", trace).code == 1
    assert '"state": "recording"' in workshop.rr("traceinfo", trace).text
    recorder.kill()
    recorder.wait(60)
    assert '"state": "cut off"' in workshop.rr("traceinfo", trace).text
    assert workshop.rr("rm", trace).code == 0
    assert not trace.exists()
