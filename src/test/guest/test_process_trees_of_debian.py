"""What people run: shells, compilers, interpreters and archivers of Debian, with the processes that they start."""

import re

import pytest

pytestmark = pytest.mark.user

GIT = """
set -e
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git -c init.defaultBranch=main init -q tree
cd tree
for i in 1 2 3; do
  seq $((i * 500)) > file$i
  git add .
  git commit -qm "commit $i"
done
git log --oneline | cat
git gc -q
git fsck
"""

PIPELINES = """
for i in 1 2 3 4 5 6; do
  seq 1 $((i * 100)) | sed s/7/x/ | grep -v 3 | sort -r | wc -lc
done
echo $(( $(ls /etc | wc -l) > 10 ))
"""

MAKEFILE = """
program: one.o two.o main.o
\tgcc -o $@ $^
%.o: %.c
\tgcc -O1 -c $<
"""

SUBPROCESSES = """
import re, subprocess, sys
for word in ("one", "two"):
    done = subprocess.run([sys.executable, "-c", f"print({word!r} * 3)"], capture_output=True, text=True)
    print(re.sub("o", "0", done.stdout), end="")
print(subprocess.check_output("echo from a shell; exit 0", shell=True, text=True), end="")
raise ValueError("in the end")
"""


def sql_of_inserts():
    rows = "".join(f"insert into t values({i}, '{i * i:x}');\n" for i in range(8000))
    return f"create table t(a integer primary key, b text);\nbegin;\n{rows}commit;\n" \
           "create index i on t(b);\nselect count(*), sum(length(b)) from t where b like '3%';\n"


def expect_as_native(workshop, *command, times=1, **how):
    """Recorded, it does what it does by itself; replayed, what it did when recorded."""
    native = workshop.run(*command, **how)
    recording = workshop.record(*command, **how)
    assert recording.output == native
    workshop.expect_exact_replay(recording, times=times)
    return recording


@pytest.mark.slow
def test_listing_of_all_documentation(workshop):
    recording = expect_as_native(workshop, "ls", "-lR", "/usr/share/doc")
    assert recording.output.code == 0


@pytest.mark.slow
def test_tar_and_xz(workshop):
    expect_as_native(workshop, "bash", "-c",
                     "tar -C /usr/share -cf - misc | xz -1 | xz -dc | tar -tvf - | sort")


@pytest.mark.slow
def test_find_and_xargs_in_parallel(workshop):
    recording = workshop.record("bash", "-c", "find /etc -type f -name '*.conf' | xargs -P2 -n2 wc -c")
    assert recording.output.code in (0, 123)
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_pipelines_of_five_processes(workshop):
    expect_as_native(workshop, "bash", "-c", PIPELINES)


@pytest.mark.slow
def test_python_with_subprocesses_and_a_traceback(workshop):
    recording = expect_as_native(workshop, "python3", "-c", SUBPROCESSES)
    assert recording.output.code == 1 and b"ValueError: in the end" in recording.output.stderr


@pytest.mark.slow
def test_sqlite_with_eight_thousand_inserts(workshop):
    (workshop.folder / "load.sql").write_text(sql_of_inserts())
    recording = workshop.record("sqlite3", "base.db", ".read load.sql")
    squares = [f"{i * i:x}" for i in range(8000)]
    chosen = [text for text in squares if text.startswith("3")]
    assert recording.output.text == f"{len(chosen)}|{sum(map(len, chosen))}\n"
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_make_with_two_jobs(workshop):
    for name in ("one", "two"):
        (workshop.folder / f"{name}.c").write_text(f"int {name}(int n) {{ return n * {len(name)}; }}\n")
    (workshop.folder / "main.c").write_text(
        '#include <stdio.h>\nint one(int), two(int);\nint main(void) { printf("%d\\n", one(2) + two(3)); }\n')
    (workshop.folder / "Makefile").write_text(MAKEFILE)
    recording = workshop.record("make", "-j2")
    assert recording.output.code == 0, recording.output
    assert workshop.run("./program").text == "15\n"
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_git(workshop):
    recording = workshop.record("bash", "-c", GIT)
    assert recording.output.code == 0, recording.output
    assert len(re.findall(r"^[0-9a-f]{7} commit \d$", recording.output.text, re.M)) == 3
    workshop.expect_exact_replay(recording)


def test_openssl_makes_a_key(workshop):
    recording = workshop.record("openssl", "genpkey", "-algorithm", "ed25519")
    assert recording.output.text.startswith("-----BEGIN PRIVATE KEY-----")
    workshop.expect_exact_replay(recording)


def test_sleep(workshop):
    recording = workshop.record("sleep", "0.05")
    assert recording.output.code == 0
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_ps_sees_itself(workshop):
    recording = workshop.record("ps", "-e", "-o", "pid,comm")
    assert re.search(r"^ *\d+ ps$", recording.output.text, re.M)
    workshop.expect_exact_replay(recording)


@pytest.mark.slow
def test_chain_of_fifty_processes(workshop):
    (workshop.folder / "chain").write_text('#!/bin/sh\n[ "$1" = 0 ] && echo end && exit 3\n"$0" $(($1 - 1))\n')
    (workshop.folder / "chain").chmod(0o755)
    recording = expect_as_native(workshop, "./chain", "50")
    assert (recording.output.code, recording.output.stdout) == (3, b"end\n")


@pytest.mark.slow
def test_two_hundred_children(workshop):
    expect_as_native(workshop, "bash", "-c", "for i in {1..200}; do (exit $((i % 3))) || echo $i; done | md5sum")


@pytest.mark.slow
def test_script_that_executes_itself(workshop):
    (workshop.folder / "again").write_text('#!/bin/bash\necho $#\n[ $# = 4 ] || exec "$0" "$@" more\n')
    (workshop.folder / "again").chmod(0o755)
    recording = expect_as_native(workshop, "./again", times=2)
    assert recording.output.stdout == b"0\n1\n2\n3\n4\n"
