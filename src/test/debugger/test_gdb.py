"""A person with gdb on a recording of a C program: the commands of a first session."""

import re
import signal
import socket
import subprocess

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS

PROGRAM = PROGRAMS / "reads_bytes"


@pytest.fixture
def recording(workshop):
    made = workshop.record(PROGRAM)
    assert made.output.code == 0
    return made


@pytest.fixture
def gdb(workshop, recording):
    """`rr replay` with gdb started on it, at the first instruction of the program."""
    session = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), recording.trace],
                  workshop.environment)
    yield session
    session.child.close(force=True)


def at_main(gdb):
    gdb.do("break main")
    stopped = gdb.do("continue")
    assert re.search(r"Breakpoint 1, main \(\) at .*reads_bytes\.c:\d+", stopped), stopped


@pytest.mark.sampled
@pytest.mark.user
def test_break_backtrace_and_run_to_the_end(gdb, recording):
    at_main(gdb)
    gdb.do("break add_bytes")
    stopped = gdb.do("continue")
    assert re.search(r"Breakpoint 2, add_bytes \(total=.*0x\w+, bytes=.*, count=.*64\)", stopped), stopped
    backtrace = gdb.do("backtrace")
    assert re.search(r"#0 +add_bytes \(.*\n#1 +0x\w+ in main \(\) at ", backtrace), backtrace
    gdb.do("delete")
    ended = gdb.do("continue")
    assert "exited normally" in ended, ended
    assert recording.output.text.splitlines()[0] in ended
    assert gdb.quit() == 0


def test_breakpoints_are_not_seen_in_memory(workshop):
    """A program's code is compared with its file's, by checksums that the server computes."""
    trace = workshop.record(PROGRAMS / "hello_static").trace
    gdb = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), trace], workshop.environment)
    gdb.do("break main")
    gdb.do("continue")
    compared = gdb.do("compare-sections .text")
    assert re.search(r"Section \.text, .*: matched", compared), compared
    gdb.quit()


def test_replay_begins_at_the_first_instruction(gdb):
    assert re.search(r"_start", gdb.do("info symbol $pc"))


def test_print_of_arguments_and_locals(gdb, recording):
    at_main(gdb)
    gdb.do("break add_bytes")
    gdb.do("continue")
    assert gdb.do("print *total") == "$1 = {sum = 0, count = 0}"
    gdb.do("continue")
    assert re.fullmatch(r"\$2 = \{sum = \d+, count = 64\}", gdb.do("print *total"))
    gdb.do("up")
    total = int(re.search(r"count = (\d+)", gdb.do("print total"))[1])
    assert total == 64
    gdb.do("tbreak puts")
    gdb.do("delete 1 2")
    gdb.do("continue")
    gdb.do("up")
    assert re.search(r"sum = (\d+)", gdb.do("print total"))[1] in recording.output.text


def test_step_next_and_finish(gdb):
    at_main(gdb)

    def line():
        return int(re.search(r"reads_bytes\.c:(\d+)", gdb.do("frame"))[1])

    first = line()
    gdb.do("next")
    assert line() != first
    gdb.do("break add_bytes")
    gdb.do("continue")
    inside = line()
    gdb.do("step")
    assert line() > inside
    finished = gdb.do("finish")
    assert "Run till exit" in finished and "Value returned is $1 = 64" in finished, finished
    assert re.search(r"main \(\)", gdb.do("frame"))
    assert gdb.do("print $x0") == "$2 = 64"
    gdb.do("delete")
    gdb.do("break getrandom")
    gdb.do("continue")
    gdb.do("delete")
    gdb.do("finish")
    stepped_into = [gdb.do("step") for _ in range(4)]
    assert any("add_bytes" in text for text in stepped_into), stepped_into


def test_registers_and_instructions(gdb):
    at_main(gdb)
    registers = gdb.do("info registers")
    names = re.findall(r"^(\w+) +0x[0-9a-f]+", registers, re.M)
    assert names[:34] == [f"x{i}" for i in range(31)] + ["sp", "pc", "cpsr"], registers
    assert 0 <= gdb.number("$pc") - gdb.number("(long)main") < 64
    shown = gdb.do("x/4i $pc").splitlines()
    assert len(shown) == 4 and shown[0].startswith("=>") and "main" in shown[0], shown
    assert re.match(r"\$\d+ = \{f = ", gdb.do("print $v0.d"))


def test_every_register_of_the_assembly_program(workshop):
    recording = workshop.record(PROGRAMS / "every_register_bare")
    gdb = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), recording.trace],
              workshop.environment)
    start = gdb.number("$pc")
    gdb.do("stepi")
    assert gdb.number("$pc") == start + 4
    assert "exited normally" in gdb.do("continue")
    gdb.quit()


@pytest.mark.sampled
def test_stepi_over_a_system_call(gdb):
    at_main(gdb)
    gdb.do("break getrandom")
    gdb.do("continue")
    gdb.do("delete")
    for _ in range(200):
        if re.search(r"\bsvc\b", gdb.do("x/i $pc")):
            break
        gdb.do("stepi")
    before = gdb.number("$pc")
    buffer = gdb.number("$x0")
    assert re.search(r"\bsvc\b", gdb.do("x/i $pc"))
    gdb.do("stepi")
    assert gdb.number("$pc") == before + 4
    assert gdb.number("$x0") == 64
    first = gdb.do(f"x/8xb {buffer}")
    assert len(re.findall(r"0x[0-9a-f]{2}\b", first)) == 8
    gdb.do("stepi")
    assert gdb.number("$pc") == before + 8


def test_breakpoint_in_a_shared_library(gdb):
    at_main(gdb)
    gdb.do("break puts")
    stopped = gdb.do("continue")
    assert re.search(r"Breakpoint 2, .*puts", stopped), stopped
    assert re.search(r"#1 .* main \(\)", gdb.do("backtrace"))
    assert gdb.do("x/s $x0").endswith('"done"')
    libraries = gdb.do("info sharedlibrary")
    assert re.search(r"Yes.*libc\.so\.6", libraries), libraries


def test_a_second_run_is_the_same_run(gdb):
    def look():
        stopped = gdb.do("continue")
        assert "add_bytes" in stopped, stopped
        return [gdb.number(what) for what in
                ("$sp", "$pc", "$x0", "$x30", "*(long*)bytes", "(long)&puts")]

    at_main(gdb)
    gdb.do("break add_bytes")
    first = look()
    again = gdb.do("run")
    if "main" in again:
        assert look() == first
    else:
        gdb.do("continue")
        assert look() == first
    gdb.do("delete")
    assert "exited normally" in gdb.do("continue")
    gdb.do("tbreak main")
    gdb.do("run")
    assert "exited normally" in gdb.do("continue")


def test_when_tells_the_frame(gdb):
    numbers = []
    gdb.do("break add_bytes")
    for _ in range(2):
        gdb.do("continue")
        numbers.append(int(re.search(r"\d+", gdb.do("when"))[0]))
    assert numbers[1] == numbers[0] + 2, "a round makes two calls"


def test_a_variable_cannot_be_changed_silently(gdb):
    """The past is as it was: a write is refused, or the program does not notice."""
    at_main(gdb)
    gdb.do("break add_bytes")
    gdb.do("continue")
    gdb.do("set variable total->count = 1000")
    gdb.do("delete")
    ended = gdb.do("continue")
    assert "1000 bytes" not in ended and "1320 bytes" not in ended


def test_a_crash_is_met_where_it_happened(workshop):
    recording = workshop.record(PROGRAMS / "crash")
    gdb = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), recording.trace],
              workshop.environment)
    stopped = gdb.do("continue")
    assert "SIGSEGV" in stopped and re.search(r"main \(\) at .*crash\.c:7", stopped), stopped
    assert "terminated with signal SIGSEGV" in gdb.do("continue")
    gdb.quit()


def test_condition_and_commands_at_a_breakpoint(gdb):
    gdb.do("break add_bytes if total->count == 192")
    gdb.do("continue")
    assert "count = 192" in gdb.do("print *total")


@pytest.mark.parametrize("host, family", [("0.0.0.0", socket.AF_INET), ("localhost", socket.AF_INET),
                                          ("::1", socket.AF_INET6)])
def test_a_debugger_may_be_served_at_another_address(workshop, recording, host, family):
    server = subprocess.Popen(["rr", "replay", "-s", "1236", "-h", host, recording.trace],
                              env=workshop.environment, stderr=subprocess.PIPE, text=True)
    try:
        assert "1236" in server.stderr.readline()
        with socket.socket(family) as line:
            line.connect(("::1" if family == socket.AF_INET6 else "127.0.0.1", 1236))
            line.sendall(b"$?#3f")
            assert line.recv(1) == b"+"
    finally:
        server.kill()
        server.wait()


def test_a_name_is_no_address_to_serve_at(workshop, recording):
    refused = workshop.rr("replay", "-s", "1236", "-h", "no.such.host", recording.trace)
    assert refused.code == 1
    assert "'no.such.host'" in refused.error and "in numbers" in refused.error


def test_debugger_connects_to_a_port(workshop, recording):
    server = subprocess.Popen(["rr", "replay", "-s", "1234", recording.trace],
                              env=workshop.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    try:
        assert "127.0.0.1:1234" in server.stderr.readline()
        gdb = Gdb(["gdb", "-q", "-nx", "-x", write_settings(workshop.folder), PROGRAM,
                   "-ex", "target extended-remote 127.0.0.1:1234"], workshop.environment)
        gdb.do("echo")
        assert "Breakpoint 1" in gdb.do("break main")
        assert "main ()" in gdb.do("continue")
        gdb.do("delete")
        assert "exited normally" in gdb.do("continue")
        gdb.quit()
        server.wait(30)
        assert recording.output.text in server.stdout.read()
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


def test_batch_script_on_a_recording(workshop, recording):
    """As a script would use it: everything on the command line, the debugger's exit code passed on."""
    (workshop.folder / "script").write_text("break puts\ncontinue\nbacktrace\nkill\nquit 3\n")
    output = workshop.rr("replay", "-x", workshop.folder / "script", recording.trace, "--", "-batch",
                         patience=150)
    assert output.code == 3, output
    assert re.search(r"#1 .* main \(\)", output.text), output
