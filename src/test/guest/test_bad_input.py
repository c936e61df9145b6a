"""What cannot be recorded or replayed: each refused with a message that names the thing, and with
the documented exit code."""

import ctypes
import os
import shutil
import stat
import struct
import subprocess

import pytest

from recording import PROGRAMS, TICKS

NOBODY = 65534


def elf(machine, bits):
    """The beginning of an ELF file, enough for the kernel to refuse it."""
    ident = b"\x7fELF" + bytes([bits // 32, 1, 1]) + bytes(9)
    return ident + struct.pack("<HHI", 2, machine, 1) + bytes(100)


def make_file(workshop, name, contents, mode=0o755):
    path = workshop.folder / name
    path.write_bytes(contents)
    path.chmod(mode)
    return path


def expect_refusal(workshop, output, code, *words):
    assert output.code == code, output
    for word in words:
        assert word in output.error, output.error
    assert output.error.count("\n") == 1 and output.error.startswith("rr: "), output.error
    assert not any(path.is_dir() for path in workshop.traces.iterdir()), "a recording was left"


@pytest.mark.user
@pytest.mark.parametrize("name, contents, words", [
    ("intel", elf(62, 64), ["x86-64", "aarch64"]),
    ("old_arm", elf(40, 32), ["32-bit ARM"]),
    ("script", b"#!/no/such/shell -x\n", ["/no/such/shell", "not there"]),
    ("empty", b"", ["empty"]),
    ("text", b"hello\n", ["neither a program nor a script"]),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_cannot_be_executed(workshop, name, contents, words):
    path = make_file(workshop, name, contents)
    output = workshop.rr("record", *workshop.record_options(), path)
    expect_refusal(workshop, output, 69, str(path), *words)


@pytest.mark.user
def test_a_file_that_may_not_be_executed(workshop):
    path = make_file(workshop, "program", b"#!/bin/sh\n", mode=0o644)
    output = workshop.rr("record", *workshop.record_options(), path)
    expect_refusal(workshop, output, 69, str(path), "Permission denied", "chmod")


def test_a_folder_is_no_program(workshop):
    output = workshop.rr("record", *workshop.record_options(), "/usr")
    expect_refusal(workshop, output, 69, "/usr", "folder")


def test_a_program_whose_dynamic_linker_is_absent(workshop):
    program = workshop.folder / "unlinked"
    contents = (PROGRAMS / "crash").read_bytes()
    make_file(workshop, "unlinked",
              contents.replace(b"/lib/ld-linux-aarch64.so.1", b"/lib/ld-nowhere-arm64.so.1"))
    output = workshop.rr("record", *workshop.record_options(), program)
    expect_refusal(workshop, output, 69, "/lib/ld-nowhere-arm64.so.1")


@pytest.mark.user
def test_inside_a_recording(workshop):
    for command in (["record", "true"], ["true"], ["replay", "-a"]):
        output = workshop.rr(*command, environment={"RUNNING_UNDER_RR": "1"})
        expect_refusal(workshop, output, 3, "inside a recording")


def test_nested_recorder_says_so_and_the_outer_recording_is_exact(workshop):
    recording = workshop.record("sh", "-c", "rr record true; echo code $?")
    assert recording.output.stdout == b"code 3\n"
    again = workshop.replay(recording)
    assert (again.code, again.stdout) == (0, b"code 3\n")
    assert "inside a recording" in again.error


def test_a_nested_recorder_may_only_run_its_program(workshop):
    recording = workshop.record("rr", "record", "--nested=ignore", "-v", "NAME=value", "sh", "-c",
                                "echo $NAME $RUNNING_UNDER_RR; exit 3")
    assert (recording.output.code, recording.output.stdout) == (3, b"value 1\n")
    again = workshop.replay(recording)
    assert (again.code, again.stdout) == (0, b"value 1\n"), again
    assert len(list(workshop.traces.iterdir())) == 1
    refused = workshop.rr("record", "--nested=release", "true")
    assert refused.code == 1 and "'release'" in refused.error, refused


def without_ptrace():
    """A seccomp profile like a container's: ptrace fails with EPERM."""
    ptrace, eperm = 117, 1
    load, jump_if, give = 0x20, 0x15, 0x06
    filters = b"".join(struct.pack("<HBBI", *row) for row in [
        (load, 0, 0, 0), (jump_if, 0, 1, ptrace), (give, 0, 0, 0x50000 | eperm),
        (give, 0, 0, 0x7fff0000)])
    buffer = ctypes.create_string_buffer(filters)
    program = struct.pack("<HxxxxxxQ", 4, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    set_no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    assert libc.prctl(set_no_new_privileges, 1, 0, 0, 0) == 0
    assert libc.prctl(set_seccomp, filter_mode, program, 0, 0) == 0


@pytest.mark.user
def test_ptrace_denied_by_a_seccomp_profile(workshop):
    done = subprocess.run(["rr", "record", *workshop.record_options(), "true"],
                          env=workshop.environment, preexec_fn=without_ptrace, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode == 69
    assert b"ptrace" in done.stderr and b"container" in done.stderr, done.stderr
    assert not any(path.is_dir() for path in workshop.traces.iterdir())


def test_inside_another_tracer(workshop):
    output = workshop.run("strace", "-f", "-o", "/dev/null", "rr", "record",
                          *workshop.record_options(), "true")
    assert output.code == 69
    assert "ptrace" in output.error, output.error


def test_no_counter_and_none_asked_for(workshop):
    """Where perf events are refused, as most containers do."""
    def without_perf():
        perf_event_open, eperm = 241, 1
        rows = [(0x20, 0, 0, 0), (0x15, 0, 1, perf_event_open), (0x06, 0, 0, 0x50000 | eperm),
                (0x06, 0, 0, 0x7fff0000)]
        buffer = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *r) for r in rows))
        libc = ctypes.CDLL(None)
        libc.prctl(38, 1, 0, 0, 0)
        assert libc.prctl(22, 2, struct.pack("<HxxxxxxQ", 4, ctypes.addressof(buffer)), 0, 0) == 0
    command = ["rr", "record", "true"]
    done = subprocess.run(command, env=workshop.environment, preexec_fn=without_perf,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 69, done
    assert b"--ticks=none" in done.stderr and b"doctor" in done.stderr
    command[2:2] = ["--ticks=none"]
    assert subprocess.run(command, env=workshop.environment, preexec_fn=without_perf,
                          timeout=60, check=False).returncode == 0


@pytest.fixture
def finished(workshop):
    return workshop.record(PROGRAMS / "hello_static").trace


def expect_unreadable(workshop, trace, *words, user=None):
    for command in (["replay", "-a"], ["dump"], ["ps"], ["traceinfo"]):
        done = subprocess.run(["rr", *command, str(trace)], env=workshop.environment, user=user,
                              capture_output=True, timeout=60, check=False)
        assert done.returncode == 65, (command, done)
        for word in words:
            assert word in done.stderr.decode(), (command, done.stderr)


@pytest.mark.user
def test_a_recording_of_another_version(workshop, finished):
    version = finished / "version"
    for text, age in (("rr trace 999\n", "newer"), ("rr trace 0\n", "version"), ("85\n", "version")):
        version.chmod(0o600)
        version.write_text(text)
        expect_unreadable(workshop, finished, str(version), age)


def test_what_is_no_recording(workshop):
    (workshop.folder / "folder").mkdir()
    make_file(workshop, "file", b"x")
    expect_unreadable(workshop, workshop.folder / "folder", "not a recording")
    expect_unreadable(workshop, workshop.folder / "file", "no recording")


@pytest.mark.parametrize("name", ["frames", "data", "header", "summary"])
def test_a_finished_recording_that_was_cut(workshop, finished, name):
    path = finished / name
    os.truncate(path, path.stat().st_size - 1)
    expect_unreadable(workshop, finished, str(path))


def test_a_stored_file_that_is_absent(workshop, finished):
    shutil.rmtree(finished / "files.d")
    output = workshop.rr("replay", "-a", finished)
    assert output.code == 65 and "files.d/0" in output.error


@pytest.mark.user
def test_a_recording_that_may_not_be_read(workshop, finished):
    is_root = os.geteuid() == 0
    for folder in (workshop.folder, workshop.traces, finished):
        folder.chmod(0o755)
    for path in finished.iterdir():
        path.chmod(0o755 if path.is_dir() else 0o644)
    (finished / "frames").chmod(0)
    expect_unreadable(workshop, finished, "frames", "Permission denied",
                      user=NOBODY if is_root else None)
    finished.chmod(0)
    expect_unreadable(workshop, finished, str(finished), "Permission denied",
                      user=NOBODY if is_root else None)
    finished.chmod(stat.S_IRWXU)


@pytest.mark.user
def test_an_output_folder_that_cannot_be_made(workshop):
    make_file(workshop, "file", b"")
    for place, code, word in ((workshop.folder / "absent/trace", 74, "no folder"),
                              (workshop.folder / "file", 1, "exists"),
                              ("/proc/trace", 74, "/proc/trace")):
        output = workshop.rr("record", "-o", place, *workshop.record_options(), "true")
        expect_refusal(workshop, output, code, word)


def test_a_save_directory_that_cannot_be_written(workshop):
    mounted = workshop.folder / "read-only"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", mounted], check=True)
    try:
        output = workshop.rr("record", *workshop.record_options(), "true",
                             environment={"_RR_TRACE_DIR": str(mounted / "traces")})
        expect_refusal(workshop, output, 74, "Read-only file system", "_RR_TRACE_DIR")
    finally:
        subprocess.run(["umount", mounted], check=True)


@pytest.mark.user
@pytest.mark.parametrize("words, code, hint", [
    (["recrod", "ls"], 69, "recrod"),
    (["help", "recrod"], 1, "did you mean record"),
    (["record", "--wiat", "true"], 1, "did you mean --wait"),
    (["replay", "--autopliot"], 1, "did you mean --autopilot"),
    (["dump", "--jsno"], 1, "did you mean --json"),
    (["dump", "9-3"], 65, ""),
    (["rm"], 1, "traces"),
    (["record", "--num-cores=0", "true"], 1, "num-cores"),
    (["--log=all:loud", "ls"], 1, "loud"),
])
def test_what_was_mistyped(workshop, words, code, hint):
    output = workshop.rr(*words)
    assert output.code == code, output
    assert hint in output.error, output.error


def test_ticks_are_not_needed_to_refuse(workshop):
    """The file is looked at before the machine is."""
    output = workshop.rr("record", "./absent")
    expect_refusal(workshop, output, 69, "./absent", "No such file")
    assert TICKS in (None, "none")
