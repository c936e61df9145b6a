"""What a person types, and the codes and messages that come back."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from recording import PROGRAMS, TICKS, has_scalable_vectors, needs_counter


def test_no_arguments_prints_the_help(workshop):
    output = workshop.rr()
    assert output.code == 1
    assert "record" in output.text and "replay" in output.text


def test_help_and_version(workshop):
    assert workshop.rr("--help").code == 0
    version = workshop.rr("--version")
    assert version.code == 0 and re.match(r"rr \d", version.text)


@pytest.mark.parametrize("arguments", [["--nonsense"], ["record", "--nonsense", "true"],
                                       ["replay", "--nonsense"], ["dump", "--nonsense"]])
def test_unknown_option(workshop, arguments):
    output = workshop.rr(*arguments)
    assert output.code == 1
    assert "--nonsense" in output.error


def test_record_without_a_program(workshop):
    output = workshop.rr("record")
    assert output.code == 1 and "record what" in output.error


@pytest.mark.user
@pytest.mark.parametrize("program", ["no-such-program", "/nowhere/program", "./absent"])
def test_unknown_program(workshop, program):
    output = workshop.rr("record", *workshop.record_options(), program)
    assert output.code == 69
    assert program in output.error
    assert not any(path.is_dir() for path in workshop.traces.iterdir())


def test_a_file_that_is_no_program(workshop):
    (workshop.folder / "text").write_text("neither ELF nor a script\n")
    (workshop.folder / "text").chmod(0o755)
    output = workshop.rr("record", *workshop.record_options(), "./text")
    assert output.code == 69 and "Exec format error" in output.error


def test_absent_recording(workshop):
    for command in (["replay", "-a"], ["dump"]):
        output = workshop.rr(*command, "absent")
        assert output.code == 65 and "absent" in output.error
        output = workshop.rr(*command)
        assert output.code == 65 and str(workshop.traces) in output.error


@pytest.mark.user
def test_recordings_are_numbered_and_the_latest_is_the_default(workshop):
    for word in ("first", "second"):
        workshop.rr("record", *workshop.record_options(), "echo", word)
    assert sorted(path.name for path in workshop.traces.iterdir() if path.name[0] != ".") == [
        "echo-0", "echo-1", "latest-trace"]
    assert workshop.rr("replay", "-a").stdout == b"second\n"
    assert workshop.rr("replay", "-a", "echo-0").stdout == b"first\n"
    assert workshop.rr("replay", "-a", workshop.traces / "echo-0").stdout == b"first\n"


def test_recordings_go_to_the_home_folder_by_default(workshop):
    home = {"HOME": str(workshop.folder), "_RR_TRACE_DIR": "", "XDG_DATA_HOME": ""}
    assert workshop.rr("record", *workshop.record_options(), "true", environment=home).code == 0
    assert (workshop.folder / ".local/share/rr/true-0/version").exists()
    assert workshop.rr("replay", "-a", environment=home).code == 0


def test_the_word_record_may_be_left_out(workshop):
    if TICKS:
        pytest.skip("an option needs the word")
    assert workshop.rr("echo", "hello").stdout == b"hello\n"
    assert workshop.rr(workshop.traces / "echo-0", "-a").stdout == b"hello\n"


@pytest.mark.user
def test_dashes_end_the_options(workshop):
    options = workshop.record_options()
    done = workshop.rr("record", *options, "--", "ls", "-d", "/")
    assert (done.code, done.stdout) == (0, b"/\n"), done
    done = workshop.rr("record", *options, "-n", "--", "printf", "%s", "--", "x", "--")
    assert (done.code, done.stdout) == (0, b"--x--"), done
    assert workshop.rr("dump", "1").text.endswith(" %s -- x --\n")
    if not TICKS:
        assert workshop.rr("--", "echo", "hi").stdout == b"hi\n"
        assert workshop.rr("echo", "a", "--", "-b").stdout == b"a -- -b\n"


def test_values_behind_an_equals_sign(workshop):
    reading, writing = os.pipe()
    trace = workshop.new_trace()
    done = subprocess.run(["rr", "record", f"-o={trace}", f"-p={writing}", "-v=A=5", "-v=EMPTY=",
                           "-c=0x1000", *workshop.record_options(), "sh", "-c", "echo $A=$EMPTY"],
                          env=workshop.environment, pass_fds=[writing], timeout=60, check=False,
                          stdout=subprocess.PIPE)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == f"{trace}\n"
    assert (done.returncode, done.stdout) == (0, b"5=\n")


@pytest.mark.parametrize("words, reason", [
    (["-i", "USR1", "true"], "trap ''"), (["-u", "true"], "take turns"),
    (["--nested=detach", "true"], "error or ignore"), (["--chaso", "true"], "did you mean --chaos?")])
def test_options_that_are_absent_say_why(workshop, words, reason):
    refused = workshop.rr("record", *words)
    assert refused.code == 1 and reason in refused.error, refused
    assert not list(workshop.traces.glob("true*"))


def test_the_processor_can_be_chosen(workshop):
    last = max(os.sched_getaffinity(0))
    recording = workshop.record("sh", "-c", "echo recorded", options=[f"--bind-to-cpu={last}"])
    workshop.expect_exact_replay(recording)
    refused = workshop.rr("record", "--bind-to-cpu", "999", "true")
    assert refused.code == 1 and "may not run there" in refused.error


def test_output_folder_must_be_new(workshop):
    recording = workshop.record("true")
    again = workshop.rr("record", "-o", recording.trace, *workshop.record_options(), "true")
    assert again.code == 1 and str(recording.trace) in again.error
    workshop.expect_exact_replay(recording)


def test_environment_of_the_program(workshop):
    recording = workshop.record("env", options=["-v", "COLOUR=green blue", "--env", "EMPTY="],
                                environment={"INHERITED": "yes"})
    lines = recording.output.text.splitlines()
    for line in ("COLOUR=green blue", "EMPTY=", "INHERITED=yes", "RUNNING_UNDER_RR=1"):
        assert line in lines
    workshop.expect_exact_replay(recording)


def test_environment_of_the_replay_does_not_matter(workshop):
    recording = workshop.record("printenv", "WORD", environment={"WORD": "recorded"})
    again = workshop.rr("replay", "-a", recording.trace, environment={"WORD": "replayed"})
    assert again.stdout == b"recorded\n"


def test_folder_is_printed_to_a_descriptor(workshop):
    reading, writing = os.pipe()
    done = subprocess.run(["rr", "record", "-p", str(writing), *workshop.record_options(), "true"],
                          env=workshop.environment, pass_fds=[writing], timeout=60, check=False)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        printed = pipe.read()
    assert done.returncode == 0
    assert printed == f"{workshop.traces}/true-0\n"


def test_a_recording_has_the_identity_that_it_was_given(workshop):
    identity = "01234567-89ab-cdef-0123-456789abcdef"
    recording = workshop.record("true", options=["--trace-id", identity])
    assert json.loads(workshop.rr("traceinfo", recording.trace).text)["uuid"] == identity
    for bad in ("no-uuid", identity[:-1], identity + "0"):
        assert workshop.rr("record", "--trace-id", bad, "true").code == 1


def test_recording_within_a_recording_is_refused(workshop):
    output = workshop.rr("record", "true", environment={"RUNNING_UNDER_RR": "1"})
    assert output.code != 0 and "RUNNING_UNDER_RR" in output.error


def test_program_dies_of_the_signal_that_the_recording_dies_of(workshop):
    recording = workshop.record(PROGRAMS / "crash")
    assert recording.output.code == -signal.SIGSEGV


def test_quiet_replay_prints_nothing(workshop):
    recording = workshop.record("echo", "hello")
    output = workshop.rr("replay", "-a", "-q", recording.trace)
    assert (output.code, output.stdout, output.stderr) == (0, b"", b"")


@pytest.mark.sampled
def test_recording_without_a_counter(workshop):
    recording = workshop.record("ls", "-l", "/etc", options=["--ticks=none"])
    assert recording.output.code == 0
    assert all(" ticks 0: " in line for line in workshop.frames(recording))
    workshop.expect_exact_replay(recording)


@needs_counter
def test_unknown_ticks(workshop):
    assert workshop.rr("record", "--ticks=moons", "true").code == 1


def test_dump_shows_decoded_calls(workshop):
    recording = workshop.record(PROGRAMS / "reads_bytes")
    lines = workshop.frames(recording)
    assert re.match(r"1 tid \d+ ticks 0: exec .*/reads_bytes$", lines[0])
    for form in (r"openat\(AT_FDCWD, .*O_RDONLY\|O_CLOEXEC.*\) = 3",
                 r"mmap\(NULL, \d+, PROT_READ.*MAP_PRIVATE.*\) = 0x[0-9a-f]+",
                 r"getrandom\(.*, 64, 0.*\) = 64", r"lseek\(-1, .*\) = -1 EBADF",
                 r"write\(1, .*\) = \d+", r"exit with code 0"):
        assert any(re.search(form, line) for line in lines), form
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))


def test_dump_quotes_arguments(workshop):
    recording = workshop.record("sh", "-c", "exit 0\n# 'a b'", "", "c")
    lines = workshop.frames(recording)
    assert lines[0].endswith(r""" -c "exit 0\n# 'a b'" "" c"""), lines[0]
    assert all(re.match(r"\d+ tid ", line) for line in lines)


def test_dump_of_a_range(workshop):
    recording = workshop.record("true")
    lines = workshop.frames(recording)

    def dump(*what):
        return workshop.rr("dump", recording.trace, *what).text.splitlines()

    assert dump("3-5") == lines[2:5]
    assert dump("2") == lines[1:2]
    assert dump("end") == lines[-1:]
    assert dump("2", "4-5") == [lines[1], lines[3], lines[4]]
    beyond = workshop.rr("dump", recording.trace, str(len(lines) + 1))
    assert beyond.code != 0 and str(len(lines)) in beyond.error


def test_dump_with_registers_and_memory(workshop):
    recording = workshop.record("true")
    registers = workshop.rr("dump", "-r", recording.trace, "2").text
    assert re.search(r"\bx29\b", registers) and re.search(r"\bpc\b", registers)
    assert "bytes at" in workshop.rr("dump", "-m", recording.trace, "1").text


@pytest.mark.user
@pytest.mark.sampled
def test_doctor(workshop):
    output = workshop.rr("doctor")
    assert output.code == 0, output
    assert re.search(r"^ok +kernel \d", output.text, re.M)
    assert re.search(r"^ok +ptrace and seccomp", output.text, re.M)
    paranoid = open("/proc/sys/kernel/perf_event_paranoid").read().strip()
    assert f"perf_event_paranoid is {paranoid}" in output.text
    has_atomics = " atomics" in open("/proc/cpuinfo").read()
    assert re.search("^ok +atomic instructions" if has_atomics else "^limited +no atomic", output.text, re.M)


@pytest.mark.user
@pytest.mark.sampled
@needs_counter
def test_doctor_finds_the_counter_exact(workshop):
    assert re.search(r"^ok +counter: .*exact", workshop.rr("doctor").text, re.M)


def killed_recording(workshop):
    """The recorder dies of SIGKILL while its program makes calls."""
    trace = workshop.new_trace()
    recorder = subprocess.Popen(["rr", "record", "-o", trace, *workshop.record_options(),
                                 PROGRAMS / "loop_of_calls", "1000000", "50000"],
                                env=workshop.environment, stdout=subprocess.PIPE)
    lines = [recorder.stdout.readline() for _ in range(10)]
    time.sleep(1.5)
    recorder.kill()
    recorder.wait(60)
    return trace, b"".join(lines)


@pytest.mark.user
def test_recording_cut_off_by_the_recorders_death_replays_to_where_it_ends(workshop):
    trace, seen = killed_recording(workshop)
    assert (trace / "incomplete").exists()
    output = workshop.rr("replay", "-a", trace)
    assert output.code == 0, output.error
    assert "did not close" in output.error
    # A block is written every second, so what was printed before the last is there.
    assert output.stdout.startswith(seen)
    assert "ends here" in workshop.rr("dump", trace, "end").text


@pytest.mark.slow
def test_recorded_program_does_not_survive_its_recorder(workshop):
    killed_recording(workshop)
    assert workshop.run("pgrep", "-x", "loop_of_calls").code == 1


@needs_counter
def test_the_clock_is_read_without_a_stop_unless_that_is_refused(workshop):
    """40 readings: some before the buffer is there, the rest from it. A CPU with SVE has none."""
    command = [PROGRAMS / "clock_reads", "again"]
    buffered, plain = workshop.record(*command), workshop.record(*command, options=["-n"])
    calls = [sum("clock_gettime(" in line for line in workshop.frames(made))
             for made in (buffered, plain)]
    assert calls[1] >= 41
    if has_scalable_vectors():
        assert calls[0] == calls[1]
    else:
        assert calls[0] == 8
    for made in (buffered, plain):
        workshop.expect_exact_replay(made)
