"""Programs of Debian as they are, recorded and replayed exactly."""

import gzip
import os
import re

import pytest

from recording import TICKS

PYTHON = """
import json
value = [{"i": i, "s": "x%d" % i, "l": list(range(i % 7))} for i in range(200)]
text = json.dumps(value)
assert json.loads(text) == value
print(len(text), id(value) != 0, hash("x"))
"""

SQL = """create table t(a integer primary key, b text);
with recursive c(x) as (select 1 union all select x+1 from c where x<500)
  insert into t select x, hex(x*x) from c;
create index i on t(b);
select count(*), sum(length(b)), random() from t;"""


@pytest.mark.sampled
@pytest.mark.user
def test_true(workshop):
    recording = workshop.record("/bin/true")
    assert recording.output.code == 0
    workshop.expect_exact_replay(recording)


def test_false(workshop):
    recording = workshop.record("/bin/false")
    assert recording.output.code == 1
    workshop.expect_exact_replay(recording)


@pytest.mark.sampled
@pytest.mark.user
@pytest.mark.slow
def test_ls_of_a_large_folder(workshop):
    recording = workshop.record("ls", "-l", "/usr/bin")
    assert recording.output == workshop.run("ls", "-l", "/usr/bin")
    assert recording.output.text.count("\n") > 300
    workshop.expect_exact_replay(recording)


def test_ls_that_fails(workshop):
    recording = workshop.record("ls", "/nowhere")
    assert recording.output.code == 2
    assert b"/nowhere" in recording.output.stderr and recording.output.stdout == b""
    workshop.expect_exact_replay(recording)


def test_ls_that_prints_on_both_streams(workshop):
    recording = workshop.record("ls", "/nowhere", "/etc/passwd")
    assert recording.output.stdout == b"/etc/passwd\n"
    assert b"/nowhere" in recording.output.stderr
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_gzip_of_three_megabytes(workshop):
    with open("/usr/bin/python3", "rb") as source:
        plain = source.read(3_000_000)
    (workshop.folder / "blob").write_bytes(plain)
    recording = workshop.record("gzip", "-9", "-c", "blob")
    assert recording.output.code == 0
    assert gzip.decompress(recording.output.stdout) == plain
    workshop.expect_exact_replay(recording)


@pytest.mark.user
def test_python_with_json(workshop):
    recording = workshop.record("python3", "-c", PYTHON)
    assert recording.output.code == 0, recording.output
    assert re.fullmatch(r"\d+ True -?\d+\n", recording.output.text)
    workshop.expect_exact_replay(recording)


def test_python_that_dies_of_an_exception(workshop):
    recording = workshop.record("python3", "-c", "raise SystemExit('no luck')")
    assert (recording.output.code, recording.output.stderr) == (1, b"no luck\n")
    workshop.expect_exact_replay(recording)


def test_sqlite(workshop):
    recording = workshop.record("sqlite3", "base.db", SQL)
    assert recording.output.code == 0, recording.output
    assert recording.output.text.startswith("500|")
    workshop.expect_exact_replay(recording)


def test_replay_does_not_write_the_files_that_the_program_wrote(workshop):
    recording = workshop.record("sqlite3", "base.db", "create table t(a);")
    (workshop.folder / "base.db").unlink()
    workshop.expect_exact_replay(recording)
    assert not (workshop.folder / "base.db").exists()


@pytest.mark.sampled
def test_date(workshop):
    recording = workshop.record("date", "+%s.%N")
    assert re.fullmatch(rb"\d+\.\d{9}\n", recording.output.stdout)
    workshop.expect_exact_replay(recording)


def test_openssl_digest(workshop):
    (workshop.folder / "file").write_bytes(b"abc")
    recording = workshop.record("openssl", "dgst", "-sha256", "file")
    assert recording.output.code == 0, recording.output
    assert recording.output.text.endswith(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")
    workshop.expect_exact_replay(recording)


def test_openssl_random_bytes(workshop):
    recording = workshop.record("openssl", "rand", "-hex", "64")
    assert len(recording.output.stdout) == 129
    workshop.expect_exact_replay(recording)


def test_stdin_is_recorded(workshop):
    lines = "".join(f"{i * 7919 % 1000}\n" for i in range(1000)).encode()
    recording = workshop.record("sort", "-n", stdin=lines)
    assert recording.output.stdout == b"".join(sorted(lines.splitlines(True), key=int))
    workshop.expect_exact_replay(recording)


def test_perl_hash_order(workshop):
    recording = workshop.record("perl", "-e", 'my %h = map { $_ => 1 } 1..50; print join(" ", keys %h, $$)')
    assert recording.output.code == 0, recording.output
    workshop.expect_exact_replay(recording)


def test_perf_counts_what_a_recorded_command_does(workshop):
    recording = workshop.record("perf", "stat", "-e", "cycles:u,page-faults,task-clock", "echo", "ran")
    assert (recording.output.code, recording.output.stdout) == (0, b"ran\n"), recording.output
    assert re.search(r"[1-9][\d,]* +page-faults", recording.output.error), recording.output
    assert re.search(r"[1-9][\d,]* +cycles:u", recording.output.error) or TICKS == "none", recording.output
    workshop.expect_exact_replay(recording)


def test_perf_is_told_that_samples_cannot_be_mapped(workshop):
    recording = workshop.record("perf", "record", "-e", "task-clock", "-o", "samples", "true")
    assert recording.output.code != 0 and b"mmap" in recording.output.stderr, recording.output
    workshop.expect_exact_replay(recording)


BTRFS = """set -e
btrfs filesystem df {0}
btrfs filesystem usage {0} | grep -c Data
btrfs subvolume create {0}/volume
echo one > {0}/volume/file
btrfs subvolume snapshot -r {0}/volume {0}/then
btrfs send -q {0}/then > {1}/stream
mkdir {0}/copies
btrfs receive {0}/copies < {1}/stream
cat {0}/copies/then/file
btrfs inspect-internal inode-resolve $(stat -c %i {0}/volume/file) {0}/volume
btrfs scrub start -B {0} | grep -v '^Scrub'
btrfs device stats {0}
"""


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_btrfs_is_looked_at_sent_and_scrubbed(workshop):
    image, folder = workshop.folder / "image", workshop.folder / "btrfs"
    folder.mkdir()
    made = workshop.run("sh", "-c", f"truncate -s 120M {image} && mkfs.btrfs -q {image} && "
                                    f"modprobe loop; modprobe btrfs; mount -o loop {image} {folder}")
    assert made.code == 0, made
    try:
        recording = workshop.record("sh", "-c", BTRFS.format(folder, workshop.folder))
        assert recording.output.code == 0, recording.output
        assert "\none\n" in recording.output.text, recording.output
        workshop.expect_exact_replay(recording)
    finally:
        workshop.run("umount", folder)
