"""Each command on the golden recordings: what it prints, what it leaves, how it ends."""

import glob
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import RR, TRACES

GOLDEN = sorted(path.name for path in TRACES.iterdir() if path.is_dir())


@pytest.fixture(params=GOLDEN)
def golden(request):
    return request.param


def lines_of(done):
    return done.stdout.splitlines()


def test_there_is_a_recording_of_every_format_version():
    assert GOLDEN, "src/test/traces is empty"


def test_dump_shows_calls_as_strace_would(shelf, golden):
    lines = lines_of(shelf.rr("dump", golden))
    assert re.match(r"1 tid \d+ ticks 0: exec .*/few_calls_bare$", lines[0])
    for form in (r'openat\(AT_FDCWD, "/absent/file", O_RDONLY, 0\) = -1 ENOENT \(No such file or dir',
                 r"fstat\(3, \{st_mode=S_IFCHR\|0666, st_rdev=makedev\(0x1, 0x5\), \.\.\.\}\) = 0$",
                 r'read\(3, "(\\0){32}"\.\.\., 64\) = 64$', r'getrandom\(".+", 8, 0x0\) = 8$',
                 r"clock_gettime\(CLOCK_REALTIME, \{tv_sec=\d+, tv_nsec=\d+\}\) = 0$",
                 r'getcwd\("/[^"]*", 256\) = \d+$', r"pipe2\(\[3, 4\], \w+\) = 0$",
                 r'write\(4, "a message of more than thirty-tw"\.\.\., 39\) = 39$',
                 r"wait4\(\d+, \[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 3\}\], 0, NULL\) = \d+$",
                 r"exit with code 3$", r"exit with code 0$"):
        assert any(re.search(form, line) for line in lines), (form, lines)
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))


def test_dump_of_ranges(shelf, golden):
    lines = lines_of(shelf.rr("dump", golden))
    assert lines_of(shelf.rr("dump", golden, "3-5", "2", "end")) == [*lines[2:5], lines[1], lines[-1]]
    assert lines_of(shelf.rr("dump", golden, f"{len(lines) - 1}-")) == lines[-2:]
    for bad in ("0", str(len(lines) + 1), "5-3", "1-2-3", "-"):
        assert shelf.rr("dump", golden, bad, code=1).stderr.startswith("rr: ")


def test_dump_as_json(shelf, golden):
    text = lines_of(shelf.rr("dump", golden))
    frames = [json.loads(line) for line in lines_of(shelf.rr("dump", "--json", "-r", "-m", golden))]
    assert [frame["frame"] for frame in frames] == list(range(1, len(text) + 1))
    assert frames[0]["event"] == "exec" and frames[0]["mappings"]
    calls = [frame for frame in frames if frame["event"] == "syscall"]
    opened = next(call for call in calls if call["name"] == "openat" and call["result"] >= 0)
    assert opened["arguments"][0] == "AT_FDCWD" and opened["result"] >= 3
    assert set(opened["before"]) >= {"x0", "x30", "sp", "pc", "cpsr"}
    assert any(call["writes"] for call in calls)
    assert any(call.get("echo") == "stdout" for call in calls)
    assert frames[-1]["event"] == "taskExit" and frames[-1]["exit"] == 0


def test_dump_of_mappings_and_of_tasks(shelf, golden):
    with_maps = lines_of(shelf.rr("dump", "-p", golden))
    maps = [line for line in with_maps if line.startswith("  map ")]
    assert any(line.endswith("/few_calls_bare file 0") for line in maps), maps
    assert [line for line in with_maps if line not in maps] == lines_of(shelf.rr("dump", golden))
    tasks = lines_of(shelf.rr("dump", "-e", golden))
    assert [re.search(r": (exec|clone|exit)\b", line)[1] for line in tasks] == [
        "exec", "clone", "exit", "exit"], tasks


def test_dump_of_a_thread(shelf, golden):
    tid = re.match(r"1 tid (\d+)", shelf.rr("dump", golden, "1").stdout).group(1)
    whole = lines_of(shelf.rr("dump", golden))
    of_parent = lines_of(shelf.rr("dump", golden, "-t", tid))
    assert of_parent == [line for line in whole if f" tid {tid} " in line]
    assert 10 < len(of_parent) < len(whole)
    child = lines_of(shelf.rr("ps", golden))[2].split("\t")[0]
    assert len(lines_of(shelf.rr("dump", golden, "-t", tid, "-t", child))) == len(whole)
    assert shelf.rr("dump", golden, "-t", "1").stdout == ""


def test_dump_of_statistics(shelf, golden):
    count = len(lines_of(shelf.rr("dump", golden)))
    text = shelf.rr("dump", "-s", golden).stdout
    assert re.search(rf"^frames +{count}$", text, re.M) and re.search(r"^write +\d+", text, re.M)
    numbers = json.loads(shelf.rr("dump", "-s", "--json", golden).stdout)
    assert numbers["frames"] == count == sum(numbers["events"].values())
    assert numbers["calls"]["openat"]["count"] >= 1


def test_ps(shelf, golden):
    head, first, second = lines_of(shelf.rr("ps", golden))
    assert head == "PID\tPPID\tEXIT\tCMD"
    pid, parent, code, command = first.split("\t")
    assert (parent, code) == ("--", "0") and command.endswith("few_calls_bare")
    assert second.split("\t")[1:] == [pid, "3", "(forked without exec)"]
    processes = [json.loads(line) for line in lines_of(shelf.rr("ps", "--json", golden))]
    assert processes[0]["pid"] == int(pid) and processes[0]["ppid"] is None
    assert processes[0]["executable"].endswith("/few_calls_bare")
    assert processes[1]["ppid"] == int(pid) and processes[1]["exit"] == 3


def test_traceinfo(shelf, golden):
    info = json.loads(shelf.rr("traceinfo", golden).stdout)
    assert info["architecture"] == "aarch64" and info["state"] == "complete" and info["exit"] == 0
    assert info["frames"] == len(lines_of(shelf.rr("dump", golden)))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", info["uuid"])
    assert "RUNNING_UNDER_RR=1" in info["environ"]
    assert f"-v{info['formatVersion']}" in golden


def test_sources_buildid_and_filename(shelf, golden):
    sources = json.loads(shelf.rr("sources", golden).stdout)
    binary = next(b for b in sources["binaries"] if b["path"].endswith("/few_calls_bare"))
    assert binary["debugInfo"] == "inside"
    assert any(name.endswith("/few_calls_bare.c") for name in sources["sources"])
    stored = shelf.rr("filename", "-t", golden, binary["path"]).stdout.strip()
    assert os.path.samefile(stored, binary["stored"])
    assert shelf.rr("filename", stored).stdout.strip() == binary["path"]
    by_argument = shelf.rr("buildid", stored, "/dev/null").stdout
    assert by_argument == binary["buildId"] + "\n\n"
    assert shelf.rr("buildid", input=stored + "\n/dev/null\n").stdout == by_argument
    assert "mapped no file /nowhere" in shelf.rr("filename", "-t", golden, "/nowhere", code=1).stderr


def test_ls(shelf):
    assert lines_of(shelf.rr("ls")) == GOLDEN
    shutil.copytree(shelf.save / GOLDEN[0], shelf.save / "newest-0")
    os.utime(shelf.save / GOLDEN[0], (1, 1))
    assert lines_of(shelf.rr("ls", "-t"))[0] == "newest-0"
    assert lines_of(shelf.rr("ls", "-tr"))[-1] == "newest-0"
    (shelf.save / "newest-0" / "header").write_bytes(b"no header")
    listing = shelf.rr("ls", "-l").stdout
    assert re.search(rf"^{GOLDEN[0]} +1970-01-01 .* 0 .*few_calls_bare$", listing, re.M), listing
    assert re.search(r"^newest-0 .*\(.*header", listing, re.M)
    entries = [json.loads(line) for line in lines_of(shelf.rr("ls", "--json"))]
    assert {entry["name"] for entry in entries} == {*GOLDEN, "newest-0"}
    nothing = shelf.rr("ls", environment={"_RR_TRACE_DIR": str(shelf.folder / "none")})
    assert nothing.stdout == ""


def test_mv_and_the_latest(shelf):
    (shelf.save / "latest-trace").symlink_to(GOLDEN[0])
    shelf.rr("mv", GOLDEN[0], "renamed")
    assert shelf.rr("dump", "1").stdout == shelf.rr("dump", "renamed", "1").stdout
    (shelf.folder / "elsewhere").mkdir()
    shelf.rr("mv", "renamed", shelf.folder / "elsewhere")
    assert (shelf.folder / "elsewhere/renamed/version").exists()
    assert not os.path.lexists(shelf.save / "latest-trace")
    shelf.rr("mv", shelf.folder / "elsewhere/renamed", "./here")
    shutil.copytree(shelf.folder / "here", shelf.save / "there")
    refused = shelf.rr("mv", "here", shelf.save / "there" / "version", code=1)
    assert "exists" in refused.stderr
    assert "no recording" in shelf.rr("mv", "absent", "x", code=65).stderr


@pytest.mark.parametrize("where", ["other", "save/other", "save/other/", "latest-trace", "save/other/x",
                                   "save/other/files.d/x", "", ".hidden", "new"])
def test_mv_puts_nothing_where_it_would_be_lost(shelf, where):
    shutil.copytree(shelf.save / GOLDEN[0], shelf.save / "other")
    (shelf.save / "latest-trace").symlink_to("other")
    before = sorted(shelf.save.rglob("*"))
    if where == "new":
        shelf.rr("mv", "", where, code=1)
    else:
        assert shelf.rr("mv", GOLDEN[0], where, code=1).stderr.startswith("rr: ")
    assert sorted(shelf.save.rglob("*")) == before


def test_a_link_to_a_recording_stands_for_the_recording(shelf):
    shutil.copytree(shelf.save / GOLDEN[0], shelf.save / "other")
    (shelf.save / "latest-trace").symlink_to("other")
    shelf.rr("mv", "latest-trace", "renamed")
    assert (shelf.save / "renamed").is_dir() and not (shelf.save / "renamed").is_symlink()
    assert os.readlink(shelf.save / "latest-trace") == "renamed"
    shelf.rr("rm", "latest-trace")
    assert sorted(os.listdir(shelf.save)) == GOLDEN


def tree_of(folder):
    """Its files by name, with contents, modes and times."""
    tree = {}
    for path in sorted(Path(folder).rglob("*")):
        status = path.stat()
        contents = path.read_bytes() if path.is_file() else b""
        tree[str(path.relative_to(folder))] = (status.st_mode, contents,
                                               path.is_file() and status.st_mtime_ns)
    return tree


def test_mv_to_another_file_system(shelf):
    if os.stat("/dev/shm").st_dev == os.stat(shelf.save).st_dev:
        pytest.skip("there is one file system only")
    before = tree_of(shelf.save / GOLDEN[0])
    goal = f"/dev/shm/rr-test-{os.getpid()}"
    try:
        shelf.rr("mv", GOLDEN[0], goal)
        assert not (shelf.save / GOLDEN[0]).exists()
        assert shelf.rr("dump", goal, "end").stdout
        assert tree_of(goal) == before
    finally:
        shutil.rmtree(goal, ignore_errors=True)


def test_mv_to_another_file_system_that_is_interrupted_leaves_nothing_there(shelf):
    if os.stat("/dev/shm").st_dev == os.stat(shelf.save).st_dev:
        pytest.skip("there is one file system only")
    for number in range(5000):
        (shelf.save / GOLDEN[0] / f"more-{number}").write_text("more")
    before = tree_of(shelf.save)
    goal = f"/dev/shm/rr-test-{os.getpid()}"
    try:
        moving = subprocess.Popen([RR, "mv", GOLDEN[0], goal], env=shelf.environment,
                                  stderr=subprocess.PIPE, text=True)
        while not glob.glob(goal + ".part-*"):
            pass
        moving.send_signal(signal.SIGTERM)
        assert "interrupted while copying" in moving.communicate()[1]
        assert moving.returncode == 143 and not glob.glob(goal + "*")
        assert tree_of(shelf.save) == before
    finally:
        for left in glob.glob(goal + "*"):
            shutil.rmtree(left, ignore_errors=True)


def test_rm(shelf):
    (shelf.save / "latest-trace").symlink_to(GOLDEN[0])
    (shelf.save / "folder").mkdir()
    assert "absent" in shelf.rr("rm", "absent", code=65).stderr
    shelf.rr("rm", "-f", "absent")
    assert "left alone" in shelf.rr("rm", "folder", code=65).stderr
    for force in ([], ["-f"]):
        assert "empty name" in shelf.rr("rm", *force, "", code=1).stderr
    shelf.rr("rm", *GOLDEN)
    assert sorted(os.listdir(shelf.save)) == ["folder"]
    shelf.rr("rm", "-f", "folder")
    assert os.listdir(shelf.save) == []


def test_pack_keeps_the_recording(shelf, golden):
    before = shelf.rr("dump", golden).stdout
    done = shelf.rr("pack", golden)
    assert re.search(r"\d+ files, \d+ copied, \d+ shared", done.stdout)
    assert shelf.rr("dump", golden).stdout == before
    pool = shelf.folder / "pool"
    shutil.copytree(shelf.save / golden, shelf.save / "twin")
    shelf.rr("pack", "--pack-dir", pool, golden, "twin")
    kept = [path for path in pool.iterdir()]
    assert kept and all(path.stat().st_nlink == 3 for path in kept)
    assert shelf.rr("dump", "twin").stdout == before
    shelf.rr("sources", "twin")


def test_pack_finds_a_stored_file_that_changed(shelf, golden):
    stored = shelf.save / golden / "files.d/0"
    stored.chmod(0o600)
    with open(stored, "r+b") as file:
        file.seek(100)
        file.write(b"changed")
    assert "has changed" in shelf.rr("pack", golden, code=65).stderr


def test_packing_killed_at_any_instant_leaves_the_recording_whole(shelf, golden):
    before = shelf.rr("dump", golden).stdout
    sources = shelf.rr("sources", golden).stdout
    begun = time.monotonic()
    shelf.rr("pack", golden)
    whole = time.monotonic() - begun
    for i in range(20):
        packing = subprocess.Popen([RR, "pack", golden], env=shelf.environment,
                                   stdout=subprocess.DEVNULL)
        time.sleep(whole * i / 20)
        packing.send_signal(signal.SIGKILL)
        packing.wait()
        assert shelf.rr("dump", golden).stdout == before
        assert shelf.rr("sources", golden).stdout == sources
    shelf.rr("pack", golden)
    assert not list((shelf.save / golden).rglob("*.new"))


def at_terminal(shelf, *words):
    """What a command prints at a terminal, and its exit code."""
    controller, terminal = pty.openpty()
    running = subprocess.Popen([RR, *map(str, words)], env=shelf.environment, cwd=shelf.folder,
                               stdout=subprocess.DEVNULL, stderr=terminal)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(controller, 65536):
            shown += piece
    except OSError:  # the other side is closed
        pass
    os.close(controller)
    return shown.decode(), running.wait(60)


def test_mv_to_another_file_system_tells_how_far_it_is(shelf):
    if os.stat("/dev/shm").st_dev == os.stat(shelf.save).st_dev:
        pytest.skip("there is one file system only")
    with open(shelf.save / GOLDEN[0] / "large", "wb") as file:
        for _ in range(400):
            file.write(b"x" * (1 << 20))
    goal = f"/dev/shm/rr-test-{os.getpid()}"
    try:
        shown, code = at_terminal(shelf, "mv", GOLDEN[0], goal)
    finally:
        shutil.rmtree(goal, ignore_errors=True)
    assert code == 0
    percents = [int(number) for number in re.findall(r"rr: copying .*: (\d+)%", shown)]
    assert percents and percents == sorted(percents), shown
    assert shown.endswith("\r\033[K") and "\n" not in shown


def removing_folders(shelf):
    return [path for path in shelf.save.iterdir() if path.name.startswith(".removing-")]


def test_what_a_killed_removal_left_goes_with_the_next(shelf, golden):
    dead = subprocess.Popen(["true"])
    dead.wait()
    for pid in (dead.pid, os.getpid()):
        shutil.copytree(shelf.save / golden, shelf.save / f".removing-x-0.{pid}")
    shelf.rr("rm", golden)
    assert [path.name for path in removing_folders(shelf)] == [f".removing-x-0.{os.getpid()}"]


def test_removal_that_is_interrupted_takes_the_one_at_hand_with_it(shelf, golden):
    for number in range(20000):
        (shelf.save / golden / f"part-{number}").touch()
    shutil.copytree(TRACES / golden, shelf.save / "second")
    removing = subprocess.Popen([RR, "rm", golden, "second"], env=shelf.environment,
                                stderr=subprocess.PIPE, text=True)
    while not removing_folders(shelf):
        pass
    removing.send_signal(signal.SIGINT)
    assert "interrupted while removing" in removing.communicate()[1]
    assert removing.returncode == 130
    assert os.listdir(shelf.save) == ["second"]


def test_recordings_of_other_versions(shelf, golden):
    version = shelf.save / golden / "version"
    for text, hint in (("rr trace 999\n", "newer format, 999"), ("rr trace 0\n", "does not say"),
                       ("85\n", "does not say"), ("", "does not say")):
        version.write_text(text)
        for command in ("dump", "ps", "traceinfo"):
            assert hint in shelf.rr(command, golden, code=65).stderr


def test_commands_that_need_the_recorded_cpu(shelf, golden):
    if os.uname().machine == "aarch64":
        pytest.skip("this is the recorded CPU")
    for words in (["record", "true"], ["replay", golden], ["true"]):
        assert "aarch64" in shelf.rr(*words, code=69).stderr
    for words in (["--", "true"], ["record", "--", "ls", "-d"], ["--", "ls"], ["-S", "--", "ls"]):
        assert "`rr record` needs" in shelf.rr(*words, code=69).stderr
    for words in ([shelf.save / golden], ["--", shelf.save / golden]):
        assert "`rr replay` needs" in shelf.rr(*words, code=69).stderr


def test_options_alone_are_no_command(shelf):
    for words in ([], ["--log=all:warn"], ["-M"], ["-E", "--non-interactive"]):
        done = shelf.rr(*words, code=1)
        assert "Usage: rr" in done.stdout, (words, done)


def test_values_behind_an_equals_sign(shelf, golden):
    tid = re.match(r"1 tid (\d+)", shelf.rr("dump", golden, "1").stdout).group(1)
    assert shelf.rr("dump", golden, f"-t={tid}").stdout == shelf.rr("dump", golden, "-t", tid).stdout
    binary = json.loads(shelf.rr("sources", golden).stdout)["binaries"][0]
    assert shelf.rr("filename", f"-t={golden}", binary["path"]).stdout == binary["stored"] + "\n"


def test_log_goes_where_it_is_told(shelf, golden):
    (shelf.save / golden / "frames.index").write_bytes(b"damaged")
    log = shelf.folder / "log"
    log.write_text("old\n")
    assert "damaged" in shelf.rr("dump", golden, "1").stderr
    appended = shelf.rr("dump", golden, "1", environment={"RR_APPEND_LOG_FILE": str(log)})
    assert appended.stderr == "" and log.read_text().startswith("old\nrr: warn: trace: ")
    shelf.rr("dump", golden, "1", environment={"RR_LOG_FILE": str(log)})
    assert log.read_text().count("\n") == 1 and log.read_text().startswith("rr: ")
    assert shelf.rr("--log=all:error", "dump", golden, "1").stderr == ""
    assert shelf.rr("dump", "--log", "all:error", golden, "1").stderr == ""
    assert "unknown log level" in shelf.rr("dump", "--log=all:loud", golden, code=1).stderr
    for words in (["--log=foo", "dump", golden], ["dump", "--log=all:warn,foo:info", golden]):
        assert "(use all, gdb, record, replay, trace)" in shelf.rr(*words, code=1).stderr
    assert "'ls'" in shelf.rr("--log", "ls", code=1).stderr
    assert "'zzz'" in shelf.rr("ls", environment={"RR_LOG": "zzz:info"}, code=1).stderr
    assert shelf.rr("ls", environment={"RR_LOG": "all:warn,trace:info,"}).stdout


def test_a_warning_is_fatal_if_that_is_wished(shelf, golden):
    assert shelf.rr("-E", "dump", golden, "1").stdout
    (shelf.save / golden / "frames.index").write_bytes(b"damaged")
    for words in (["-E", "dump"], ["dump", "--fatal-errors"], ["-SE", "--non-interactive", "dump"]):
        done = shelf.rr(*words, golden, "1", code=-signal.SIGABRT)
        assert "damaged" in done.stderr and done.stdout == ""


def test_output_that_cannot_be_written(shelf, golden):
    with open("/dev/full", "w") as full:
        done = subprocess.run([RR, "dump", golden], env=shelf.environment, stdout=full,
                              stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 74 and b"No space left" in done.stderr
