"""One thing in a recording is changed on purpose: replay finds it at once and names the place."""

import re

import pytest

from recording import BUILD, PROGRAMS, Recording, needs_counter

PLANT = BUILD / "bin/plant_divergence"


@pytest.fixture
def recording(workshop):
    made = workshop.record(PROGRAMS / "reads_bytes")
    assert made.output.code == 0
    return made


def frame_of(workshop, recording, form, which=0):
    found = [int(line.split()[0]) for line in workshop.frames(recording) if re.search(form, line)]
    return found[which]


def replay_changed(workshop, recording, *change):
    changed = workshop.new_trace()
    planted = workshop.run(PLANT, recording.trace, changed, *change)
    assert planted.code == 0, planted.error
    return workshop.replay(Recording(changed, recording.output))


def expect_divergence(output, frame):
    assert output.code == 70, output
    assert f"diverged from the recording at frame {frame}:" in output.error, output.error
    assert re.search(r"recorded +replayed\n +x0  [0-9a-f]{16}  [0-9a-f]{16}", output.error)
    assert re.search(rf"rr dump .*{frame + 1}", output.error)


def differing(output):
    return re.findall(r"^ +(\w+)  [0-9a-f]{16}  [0-9a-f]{16}  <-- differs", output.error, re.M)


def test_unchanged_copy_replays(workshop, recording):
    """The tool itself does not make a recording diverge: changed and changed back is the same."""
    frame = frame_of(workshop, recording, "getrandom")
    twice = workshop.new_trace()
    once = workshop.new_trace()
    assert workshop.run(PLANT, recording.trace, once, "flip", frame, 5).code == 0
    assert workshop.run(PLANT, once, twice, "flip", frame, 5).code == 0
    workshop.expect_exact_replay(Recording(twice, recording.output))


@pytest.mark.sampled
@pytest.mark.user
@pytest.mark.parametrize("offset", [0, 63])
def test_flipped_bit_in_a_buffer_shows_at_the_next_call(workshop, recording, offset):
    frame = frame_of(workshop, recording, r"getrandom\(.*, 64", 2)
    output = replay_changed(workshop, recording, "flip", frame, offset)
    expect_divergence(output, frame + 1)
    assert "x1" in differing(output)


@pytest.mark.parametrize("register", ["x0", "x7", "x19", "x28", "x29", "x30", "sp", "pc"])
def test_changed_register_is_named(workshop, recording, register):
    frame = frame_of(workshop, recording, "lseek", 1)
    output = replay_changed(workshop, recording, "register", frame, register)
    expect_divergence(output, frame)
    assert differing(output) == [register]


def test_changed_flags_are_named(workshop, recording):
    """The lowest bit of cpsr selects the stack pointer: never set in a program."""
    frame = frame_of(workshop, recording, "lseek", 1)
    output = replay_changed(workshop, recording, "register", frame, "cpsr")
    expect_divergence(output, frame)
    assert differing(output) == ["cpsr"]


@pytest.mark.sampled
@pytest.mark.parametrize("form", ["getrandom", "lseek", r"mmap\(", r"write\(1"])
def test_dropped_frame_shows_where_it_was(workshop, recording, form):
    frame = frame_of(workshop, recording, form, 1 if form != r"write\(1" else 0)
    output = replay_changed(workshop, recording, "drop", frame)
    expect_divergence(output, frame)


@needs_counter
def test_report_tells_ticks_and_the_frames_before(workshop, recording):
    frame = frame_of(workshop, recording, "lseek", 1)
    output = replay_changed(workshop, recording, "drop", frame)
    assert re.search(r"Ticks of thread \d+: recorded \d+, replayed \d+", output.error)
    listed = [int(n) for n in re.findall(r"^  (\d+) tid ", output.error, re.M)]
    assert listed == [frame, *range(frame - 10, frame)]


@needs_counter
@pytest.mark.sampled
def test_loops_that_may_go_round_otherwise_are_told(workshop, recording):
    """Of a program that makes such a loop itself, and of no other where the CPU has better."""
    looping = workshop.record(PROGRAMS / "atomic_loops")
    has_atomics = " atomics" in open("/proc/cpuinfo").read()
    for made, call, may_loop in ((looping, "getppid", True), (recording, "lseek", not has_atomics)):
        output = replay_changed(workshop, made, "drop", frame_of(workshop, made, call, -1))
        assert output.code == 70 and "Ticks of thread" in output.error, output
        assert ("LDXR" in output.error) == may_loop, output.error


@needs_counter
@pytest.mark.sampled
def test_ticks_alone_may_differ_by_some_rounds_of_such_loops(workshop, recording):
    """What an interrupt between LDXR and STXR costs; the registers are compared as ever."""
    looping = workshop.record(PROGRAMS / "atomic_loops")
    frame = frame_of(workshop, looping, "getppid", -1)
    output = replay_changed(workshop, looping, "ticks", frame, 4)
    assert output.code == 0 and output.stdout == looping.output.stdout, output
    assert re.search(rf"frame {frame}: a loop of LDXR and STXR .* \(4 ticks\)", output.error), output
    for ticks in (2, 1000):  # less than a round, and more than some
        expect_divergence(replay_changed(workshop, looping, "ticks", frame, ticks), frame)
    if " atomics" in open("/proc/cpuinfo").read():
        frame = frame_of(workshop, recording, "lseek", 1)
        expect_divergence(replay_changed(workshop, recording, "ticks", frame, 4), frame)


def test_a_thread_whose_end_is_missing_is_told(workshop):
    """Its process cannot end before it does, and nothing waits for that."""
    recording = workshop.record(PROGRAMS / "exits_race")
    ends = [re.search(r": (exit with|killed by)", line) is not None for line in workshop.frames(recording)]
    first = next(i for i, pair in enumerate(zip(ends, ends[1:])) if all(pair))  # of a process that ends with its threads
    last = next(i for i in range(first, len(ends)) if not ends[i]) - 1
    output = replay_changed(workshop, recording, "drop", first + 1)
    assert output.code == 65, output
    assert re.search(rf"frame {last} ends process \d+, of which thread \d+ has not ended", output.error), output


@needs_counter
def test_endless_loop_on_a_changed_byte_is_told(workshop):
    recording = workshop.record(PROGRAMS / "waits_for_byte")
    frame = frame_of(workshop, recording, r"read\(\d+, \"x\", 1\) = 1")
    output = replay_changed(workshop, recording, "flip", frame, 0)
    expect_divergence(output, frame + 1)
    assert "ran past" in output.error


def test_flipped_bit_in_a_folder_listing_of_ls(workshop):
    folder = workshop.folder / "listed"
    folder.mkdir()
    for name in ("one", "two", "six", "ten"):
        (folder / name).touch()
    recording = workshop.record("ls", "listed")
    frame = frame_of(workshop, recording, r"getdents64\(.*= [1-9]")
    # Entries with names this short have 24 bytes; byte 19 is the first letter of the name. The first two are . and ..
    output = replay_changed(workshop, recording, "flip", frame, 19 + 24 * 3)
    assert output.code in (0, 70)
    if output.code == 0:
        assert output.stdout != recording.output.stdout
    else:
        named = int(re.search(r"at frame (\d+)", output.error)[1])
        assert named > frame


def flip_on_disk(trace, name, offset):
    path = trace / name
    contents = bytearray(path.read_bytes())
    contents[offset % len(contents)] ^= 1
    path.unlink()
    path.write_bytes(contents)


@pytest.mark.parametrize("name", ["data", "frames", "header"])
@pytest.mark.parametrize("offset", [70, -1])
def test_flipped_bit_on_disk_is_refused(workshop, recording, name, offset):
    flip_on_disk(recording.trace, name, offset)
    output = workshop.replay(recording)
    assert output.code == 65, output
    assert str(recording.trace / name) in output.error
