"""`rr replay` and its options: where to begin, whom to serve, which files to show."""

import os
import pty
import re
import shutil
import signal
import socket
import subprocess

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS


def batch(workshop, recording, *options, commands):
    """What gdb printed of these commands."""
    words = [word for command in commands for word in ("-ex", command)]
    return workshop.rr("replay", "-q", *options, recording.trace, "--", "-batch", *words,
                       patience=150)


@pytest.fixture
def family(workshop):
    return workshop.record(PROGRAMS / "makes_processes")


def processes(workshop, recording):
    """Numbers by the program that each executed, the forked one under ''."""
    made = {}
    for line in workshop.frames(recording):
        if found := re.match(r"\d+ tid (\d+) ", line):
            made.setdefault(int(found[1]), "")
        if found := re.match(r"\d+ tid (\d+) .*: exec (\S+)", line):
            made[int(found[1])] = found[2].rsplit("/", 1)[1]
    return made


def test_a_debugger_begins_where_a_process_does(workshop, family):
    made = processes(workshop, family)
    [forked, *_] = [pid for pid, name in made.items() if name == ""]
    [echo] = [pid for pid, name in made.items() if name == "echo"]
    by_name = batch(workshop, family, "-p", "echo", commands=["info symbol $pc", "info inferiors"])
    assert re.search(rf"process {echo} .*echo", by_name.text), by_name
    assert "_start" in by_name.text
    by_fork = batch(workshop, family, "-f", forked, commands=["break in_child", "continue"])
    assert re.search(r"in_child \(base=(base@entry=)?4\)", by_fork.text), by_fork
    missing = workshop.rr("replay", "-p", "nobody", family.trace)
    assert missing.code == 2 and "nobody" in missing.error, missing


def test_options_that_contradict_each_other(workshop, family):
    assert workshop.rr("replay", "-k", family.trace).code == 4
    assert workshop.rr("replay", "-f", 1, "-p", "echo", family.trace).code == 2
    nested = workshop.rr("replay", environment={"RUNNING_UNDER_RR": "1"})
    assert nested.code == 3, nested


def test_goto_begins_behind_an_event(workshop, family):
    told = batch(workshop, family, "-g", 20, commands=["when", "monitor when", "monitor help"])
    # A monitor's words go to gdb's stderr.
    assert told.error.count("Completed event: 20") == 2, told
    assert "restart" in told.error


def test_goto_takes_events_that_are_there(workshop, family):
    last = len(workshop.frames(family))
    for words in (["-g", last + 1], ["-g=0x99999"]):
        refused = workshop.rr("replay", *words, family.trace, "--", "-batch", "-ex", "echo started")
        assert refused.code == 1 and f"last event is {last}\n" in refused.error, refused
        assert "started" not in refused.text
    for bad in ("-3", "12x", "0x", ""):
        refused = workshop.rr("replay", f"-g={bad}", family.trace)
        assert refused.code == 1 and f"not '{bad}'\n" in refused.error, refused
        assert len(refused.error) < 200
    told = batch(workshop, family, "-g=0x14", commands=["when"])
    assert "Completed event: 20\n" in told.error, told


def test_values_behind_an_equals_sign(workshop, family):
    by_name = batch(workshop, family, "-p=echo", "-d=gdb", "-o=-nx", commands=["info symbol $pc"])
    assert "_start" in by_name.text, by_name
    assert "nobody" in workshop.rr("replay", "-p=nobody", family.trace).error


def socket_server(workshop, recording, *options):
    server = subprocess.Popen(["rr", "replay", "-q", "-s", "./sock", *options, recording.trace],
                              env=workshop.environment, cwd=workshop.folder, text=True,
                              stderr=subprocess.PIPE)
    line = server.stderr.readline()
    assert line.startswith("Waiting for a debugger"), line + server.stderr.read()
    return server


def ended(server, with_signal):
    server.send_signal(with_signal)
    code = server.wait(60)
    server.stderr.close()
    return code


def test_a_servers_socket_goes_with_it(workshop, family):
    sock = workshop.folder / "sock"
    for number in (signal.SIGINT, signal.SIGTERM):
        server = socket_server(workshop, family)
        assert sock.is_socket()
        assert ended(server, number) == -number
        assert not sock.exists()
    assert ended(socket_server(workshop, family), signal.SIGKILL) == -signal.SIGKILL
    assert sock.is_socket()
    server = socket_server(workshop, family)  # nobody answers at the old one
    second = workshop.rr("replay", "-s", sock, family.trace)
    assert second.code != 0 and "in use" in second.error and sock.is_socket()
    ended(server, signal.SIGTERM)
    sock.write_text("no socket")
    assert workshop.rr("replay", "-s", sock, family.trace).code != 0
    assert sock.read_text() == "no socket"


def test_a_folder_for_temporary_files_may_have_any_path(workshop, family):
    for name in ("with spaces", "l" * 100):
        (workshop.folder / name).mkdir()
        shown = workshop.rr("replay", "-q", family.trace, "--", "-batch", "-ex", "info symbol $pc",
                            environment={"TMPDIR": str(workshop.folder / name)}, patience=150)
        assert shown.code == 0 and "_start" in shown.text, shown


def test_a_replay_that_is_killed_leaves_no_folder(workshop, family):
    place = workshop.folder / "temporary"
    place.mkdir()
    replay = subprocess.Popen(["rr", "replay", "-q", family.trace], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True,
                              env={**workshop.environment, "TMPDIR": str(place)})
    replay.stdin.write("echo here\\n\n")
    replay.stdin.flush()
    while "here" not in (line := replay.stdout.readline()):
        assert line, "gdb has ended"
    [folder] = place.iterdir()
    assert (folder / "socket").is_socket()
    replay.terminate()
    assert replay.wait(60) == -signal.SIGTERM
    replay.stdin.close()
    replay.stdout.close()
    assert not list(place.iterdir())


def at_terminal(workshop, *words, stdout=subprocess.DEVNULL):
    """What `rr replay` shows at a terminal, and its exit code."""
    controller, terminal = pty.openpty()
    replay = subprocess.Popen(["rr", "replay", *map(str, words)], env=workshop.environment,
                              stdin=subprocess.DEVNULL, stderr=terminal,
                              stdout=terminal if stdout is None else stdout)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(controller, 65536):
            shown += piece
    except OSError:  # the other side is closed
        pass
    os.close(controller)
    return shown.decode(), replay.wait(60)


def test_progress_is_told_until_the_program_prints(workshop):
    recording = workshop.record(PROGRAMS / "loop_of_calls", "5000")
    shown, code = at_terminal(workshop, "-a", recording.trace)
    percents = [int(number) for number in re.findall(r"\rrr: replaying \S+: (\d+)%", shown)]
    assert code == 0 and percents and percents == sorted(percents), shown
    assert shown.endswith("\r\033[K")
    shown, code = at_terminal(workshop, "-a", recording.trace, stdout=None)
    printed = recording.output.text.replace("\n", "\r\n")
    assert code == 0
    assert re.fullmatch(r"(\rrr: [^\r]*\x1b\[K)*(\r\x1b\[K)?" + re.escape(printed), shown), shown


def test_a_program_whose_path_has_spaces_and_quotes(workshop):
    program = workshop.folder / 'a "program" of mine'
    shutil.copy(PROGRAMS / "reads_bytes", program)
    recording = workshop.record(program)
    for options in ([], ["--serve-files"]):
        shown = batch(workshop, recording, *options,
                      commands=["break add_bytes", "continue", "info files", "show sysroot"])
        assert re.search(r"Breakpoint 1, .*add_bytes \(", shown.text), shown
        assert ('"target:"' in shown.text) == bool(options), shown
        assert not re.search(r"mine: No such file", shown.error), shown


@pytest.mark.sampled
@pytest.mark.slow
def test_the_recorded_program_is_shown_after_it_was_replaced(workshop):
    program = workshop.folder / "program"
    shutil.copy(PROGRAMS / "reads_bytes", program)
    recording = workshop.record(program)
    shutil.copy(PROGRAMS / "watched", workshop.folder / "other")
    (workshop.folder / "other").rename(program)
    shown = batch(workshop, recording, commands=["break add_bytes", "continue", "backtrace"])
    assert re.search(r"Breakpoint 1, .*add_bytes \(", shown.text), shown
    assert re.search(r"#1 .* main \(\)", shown.text), shown


def test_a_stripped_program_can_be_debugged(workshop):
    program = workshop.folder / "stripped"
    workshop.run("strip", "-o", program, PROGRAMS / "reads_bytes")
    recording = workshop.record(program)
    shown = batch(workshop, recording, commands=["break puts", "continue", "x/s $x0", "stepi", "when"])
    assert "Breakpoint 1, " in shown.text and '"done"' in shown.text, shown


def test_a_server_outlives_clients_that_do_not_behave(workshop, family):
    server = subprocess.Popen(["rr", "replay", "-q", "-s", "0", "-k", family.trace],
                              env=workshop.environment, stderr=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r"127\.0\.0\.1:(\d+)", server.stderr.readline())[1])
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"$vCont;", b"\xff" * 5000, b"$g#67" * 50):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.sendall(garbage)
        gdb = Gdb(["gdb", "-q", "-nx", "-x", write_settings(workshop.folder),
                   PROGRAMS / "makes_processes", "-ex",
                   f"target extended-remote 127.0.0.1:{port}"], workshop.environment)
        gdb.do("break by_fork")
        assert "by_fork" in gdb.do("continue")
        gdb.quit()
        assert server.poll() is None
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


def test_a_users_own_gdbinit_is_read(workshop, family):
    (workshop.folder / ".gdbinit").write_text("define hello\necho hello from home\\n\nend\n")
    told = workshop.rr("replay", "-q", family.trace, "--", "-batch", "-ex", "hello", "-ex", "when",
                       environment={"HOME": str(workshop.folder)}, patience=150)
    assert "hello from home" in told.text and "Completed event: 1\n" in told.error, told


@pytest.mark.parametrize("command, functions, shown", [
    (["python3", "-c", "print(sum(range(100)))"], ["PyEval_EvalCode", "write"], "4950"),
    (["sqlite3", ":memory:", "select 6 * 7;"], ["sqlite3_prepare_v2", "write"], "42")],
    ids=["python3", "sqlite3"])
def test_a_large_program_gives_the_same_values_in_every_session(workshop, command, functions,
                                                                shown):
    """No sources, no debugging information, thousands of symbols: one stop by name after another."""
    recording = workshop.record(*command)
    look = []
    for function in functions:
        look += ["tbreak " + function, "continue", "info registers", "x/8xg $sp", "when", "bt 3"]
    first = batch(workshop, recording, commands=look + ["x/s $x1"])
    for number in range(1, len(functions) + 1):
        assert f"Temporary breakpoint {number}, " in first.text, first
    assert first.error.count("Completed event") == len(functions), first
    assert re.search(rf'"{shown}\\n', first.text), first
    again = batch(workshop, recording, commands=look + ["x/s $x1"])
    assert (again.text, again.error) == (first.text, first.error)
