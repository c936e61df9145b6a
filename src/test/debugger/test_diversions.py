"""A person with gdb who calls functions of the recorded program and changes what it has."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from gdb_session import Gdb, write_settings
from recording import BUILD, PROGRAMS, needs_counter

PROGRAM = PROGRAMS / "diversions"
OUTPUT = ["level 13, note unchanged", "child 33, level 13"]


@pytest.fixture
def recording(workshop):
    made = workshop.record(PROGRAM)
    assert made.output.code == 5, made.output
    return made


@pytest.fixture
def start(workshop, recording):
    """Starts gdb and goes to the second round of `here`, where level is 8."""
    sessions = []

    def start(*options):
        gdb = Gdb(["rr", "replay", *options, "-x", write_settings(workshop.folder),
                   recording.trace], workshop.environment)
        sessions.append(gdb)
        gdb.do("tbreak here if round == 2")
        assert "here (round=" in gdb.do("continue")
        return gdb

    yield start
    for gdb in sessions:
        gdb.child.close(force=True)


@pytest.fixture
def gdb(start):
    return start()


def goes_on_as_recorded(gdb):
    gdb.do("delete")
    ended = gdb.do("continue")
    if "exited" not in ended:  # having gone back, one stops before the end
        ended += gdb.do("continue")
    assert "exited with code 05" in ended, ended
    for line in OUTPUT:
        assert line in ended, ended


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.sampled
@pytest.mark.user
@pytest.mark.slow
def test_functions_of_the_program_are_called(gdb):
    place = gdb.do("when")
    assert gdb.do("output add(1, 2)") == "11"
    assert gdb.do("output half(9.0)") == "4.5"
    assert gdb.do('output greet("gdb")').endswith('"hello, gdb"')
    assert gdb.do('output greet(greet("x"))').endswith('"hello, hello, x"')
    assert gdb.do("output outer(3)") == "25"
    assert gdb.do("output much_memory()") == "4032"
    assert gdb.do("output slept()") == "3"
    assert gdb.do("output of_thread()") == "30"
    said = gdb.do('print say("a word")')
    assert "said a word" in said and "= 12" in said, said
    assert gdb.do("when") == place
    assert "here (round=" in gdb.do("frame")
    gdb.do("stepi")
    assert gdb.do("output level") == "8"
    goes_on_as_recorded(gdb)
    assert gdb.quit() == 0


def test_two_sessions_have_the_same_values(start):
    def values():
        gdb = start()
        answers = [gdb.do(f"output {call}") for call in
                   ("(void*)greet(\"x\")", "(void*)malloc(1000000)", "(void*)malloc(100)",
                    "much_memory()", "(long)time(0)", "(int)getpid()", "(int)kernel_number(178)")]
        assert all(re.fullmatch(r"-?\d+|\(void \*\) 0x\w+", a) for a in answers), answers
        return answers

    assert values() == values()


def test_changes_are_seen_and_thrown_away(gdb):
    gdb.do("set variable level = 100")
    assert gdb.do("output level") == "100"
    assert gdb.do("output add(0, 0)") == "100"
    assert gdb.do("output $x19 = 7") == "7"
    assert gdb.do("output $x19") == "7"
    gdb.do("set variable $d8.f = 2.5")
    assert gdb.do("output $d8.f") == "2.5"
    assert "No checkpoint" in gdb.do("checkpoint")
    gdb.do("end-diversion")
    assert "here (round=" in gdb.do("frame")
    assert gdb.do("output level") == "8"
    assert gdb.do("output $x19") != "7"
    assert "There is no diversion" in gdb.do("monitor end-diversion")
    gdb.do("set variable level = 50")
    stepped = gdb.do("stepi")
    assert "thrown away" in stepped, stepped
    assert gdb.do("output level") == "8"
    goes_on_as_recorded(gdb)


@needs_counter
def test_going_back_from_changes(gdb):
    gdb.do("set variable level = 50")
    gdb.do("break main")
    back = gdb.do("reverse-continue")
    assert "main ()" in back, back
    assert gdb.do("output level") == "7"
    assert gdb.do("output add(0, 0)") == "7"
    goes_on_as_recorded(gdb)


def test_what_does_not_come_back(gdb):
    assert "SIGSEGV" in gdb.do("print faults(0)")
    assert "SIGABRT" in gdb.do("print aborts()")
    ended = gdb.do("print ends(3)")
    assert "exit_group, which is not made in a diversion" in ended, ended
    assert "would wait for another one" in gdb.do("print locks()")
    forked = gdb.do("print forks()")
    assert "clone, which is not made in a diversion" in forked and "= 38" in forked, forked
    assert "socket, which is not made" in gdb.do("print makes_socket()")
    assert "here (round=" in gdb.do("frame")
    assert gdb.do("output add(0, 0)") == "8"
    gdb.child.sendline("print turns(&level)")
    time.sleep(2)
    gdb.child.send("\x03")
    stopped = gdb.wait_for_prompt()
    assert "SIGINT" in stopped and "turns" in stopped, stopped
    assert gdb.do("output add(0, 0)") == "8"
    goes_on_as_recorded(gdb)


def test_a_function_is_looked_into_while_it_is_called(gdb):
    gdb.do("break inner")
    stopped = gdb.do("print outer(3)")
    assert re.search(r"Breakpoint \d, inner \(n=(n@entry=)?3\)", stopped), stopped
    assert "function called from gdb" in gdb.do("backtrace"), stopped
    assert gdb.do("output add(0, 1)") == "9"
    assert "= 24" in gdb.do("finish")
    gdb.do("watch level")
    gdb.do("set variable level = 3")
    gdb.do("delete")
    finished = gdb.do("finish")
    assert "= 25" in finished, finished
    assert "here (round=" in gdb.do("frame")
    goes_on_as_recorded(gdb)


def test_what_runs_is_watched_and_stepped(gdb):
    gdb.do("set variable round = 5")
    gdb.do("watch level")
    watched = gdb.do("jump *here")
    assert re.search(r"Old value = 8\s+New value = 13", watched), watched
    pc = gdb.number("$pc")
    gdb.do("stepi")
    assert gdb.number("$pc") != pc
    gdb.do("delete")
    for size in (8, 9, 10, 11, 12):  # more than the CPU's slots hold
        gdb.do(f"watch *(char(*)[{size}])&level")
    gdb.do("set variable level = 20")
    gdb.do("set variable $w0 = 7")
    watched = gdb.do("jump *here")
    assert "New value" in watched, watched
    assert gdb.do("output level") == "27"
    gdb.do("end-diversion")
    assert gdb.do("output level") == "8"
    goes_on_as_recorded(gdb)


def test_a_call_that_faults_is_mended(gdb):
    gdb.do("set unwindonsignal off")
    assert "SIGSEGV" in gdb.do("print faults(0)")
    assert "SIGSEGV" in gdb.do("continue")
    assert "faults (where=0x0)" in gdb.do("backtrace 1")
    gdb.do("set variable where = &level")
    finished = gdb.do("finish")
    assert "= 8" in finished, finished
    assert "here (round=" in gdb.do("frame")
    goes_on_as_recorded(gdb)


def test_jump_and_return_leave_the_recording(gdb):
    gdb.do("set variable round = 70")
    gdb.do("tbreak *here")
    jumped = gdb.do("jump *here")
    assert "What runs now is a diversion" in jumped, jumped
    returned = gdb.do("return")
    assert "main ()" in returned, returned
    gdb.do("break here")
    stopped = gdb.do("continue")
    assert "here (round=3)" in stopped or "here (round=round@entry=3)" in stopped, stopped
    assert gdb.do("output level") == "8"
    gdb.do("delete")
    ended = gdb.do("continue")
    # The program complains too, in the middle of whatever gdb prints.
    ended = re.sub(r"/\S*check\.h:\d+: not so: errno == EINTR \(errno \d+\)\n", "", ended)
    assert "level 11" in ended and "clone, which is not made" in ended, ended
    gdb.do("end-diversion")
    assert "here (round=" in gdb.do("frame")
    goes_on_as_recorded(gdb)


def test_functions_run_in_the_chosen_thread(gdb):
    gdb.do("thread 2")
    assert gdb.do("output of_thread()") == "40"
    assert gdb.do("output (int)kernel_number(178)") != gdb.do("output (int)kernel_number(172)")
    gdb.do("thread 1")
    assert gdb.do("output of_thread()") == "30"
    assert gdb.do("output (int)kernel_number(178)") == gdb.do("output (int)kernel_number(172)")
    goes_on_as_recorded(gdb)


def test_functions_are_called_in_a_child(gdb):
    gdb.do("set follow-fork-mode child")
    gdb.do("break in_child")
    assert "in_child (number=" in gdb.do("continue")
    assert gdb.do("output add(1, 2)") == "16"
    assert re.search(rf"process {gdb.do('output (int)getpid()')}\b", gdb.do("info inferiors"))
    gdb.do("set variable level = 1")
    gdb.do("delete")
    ended = gdb.do("continue")
    assert "thrown away" in ended and "exited with code 041" in ended, ended


def test_a_recorded_python_runs_other_statements(workshop):
    recording = workshop.record("/usr/bin/python3", "-c", "import os; os.getppid(); print('end')")
    assert recording.output.code == 0, recording.output
    gdb = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), recording.trace],
              workshop.environment)
    gdb.do("tbreak getppid")
    assert "getppid" in gdb.do("continue")
    said = gdb.do('print (int)PyRun_SimpleString("print(6 * 7, flush=True)")')
    assert "42" in said and "= 0" in said, said
    ended = gdb.do("continue")
    assert "exited normally" in ended and "end" in ended, ended
    gdb.quit()


def test_nothing_is_left_behind(start):
    gdb = start("-q")
    pid = gdb.child.pid

    def count():
        return len(children_of(pid)), len(os.listdir(f"/proc/{pid}/fd"))

    gdb.do("output add(1, 2)")
    gdb.do("stepi")
    before = count()
    for _ in range(50):
        assert gdb.do("output add(1, 2)") == "11"
        gdb.do("monitor end-diversion")
    for _ in range(50):
        assert gdb.do("output add(1, 2)") == "11"
    gdb.do("monitor end-diversion")
    assert count() == before
    assert gdb.quit() == 0


def test_a_debugger_that_dies_takes_its_diversion_along(workshop, recording):
    server = subprocess.Popen(["rr", "replay", "-q", "-k", "-s", "1235", recording.trace],
                              env=workshop.environment, stderr=subprocess.PIPE, text=True)
    try:
        server.stderr.readline()
        gdb = Gdb(["gdb", "-q", "-nx", "-x", write_settings(workshop.folder), PROGRAM,
                   "-ex", "target extended-remote 127.0.0.1:1235"], workshop.environment)
        gdb.do("tbreak here")
        gdb.do("continue")
        before = len(children_of(server.pid))
        gdb.do("print level = 3")
        assert len(children_of(server.pid)) > before
        gdb.child.sendline("print turns(&level)")
        time.sleep(1)
        gdb.child.kill(signal.SIGKILL)
        assert "gone" in server.stderr.readline()
        server.stderr.readline()
        assert len(children_of(server.pid)) <= before
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


def test_while_a_vfork_goes_on_nothing_can_be_changed(workshop):
    recording = workshop.record(PROGRAMS / "makes_processes")
    gdb = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), recording.trace],
              workshop.environment)
    gdb.do("tbreak by_vfork")
    assert "by_vfork" in gdb.do("continue")
    assert gdb.do("output (int)getuid()").isdigit()
    gdb.do("set follow-fork-mode child")
    gdb.do("tbreak execl")
    assert "execl" in gdb.do("continue")
    refused = gdb.do("set variable $x19 = 7")
    assert "nothing can be changed here" in refused, refused
    assert "nothing can be changed here" in gdb.do("output (int)getuid()")
    gdb.do("delete")
    assert "exited normally" in gdb.do("continue")
    gdb.quit()


def test_a_replay_that_has_diverged_can_be_tried_out(workshop):
    recording = workshop.record(PROGRAMS / "reads_bytes")
    frames = [int(line.split()[0]) for line in workshop.frames(recording)
              if re.search(r"getrandom\(.*, 64", line)]
    trace = workshop.new_trace()
    workshop.run(BUILD / "bin/plant_divergence", recording.trace, trace, "flip", frames[2], 0)
    gdb = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), trace], workshop.environment)
    assert "diverged from the recording" in gdb.do("continue")
    said = gdb.do('print (int)puts("still here")')
    assert "still here" in said and re.search(r"= \d+", said), said
    assert "diverged" in gdb.do("continue")
    gdb.quit()


def test_output_goes_to_the_debugger_where_the_replay_prints_none(start):
    gdb = start("-q")
    said = gdb.do('print say("a word")')
    assert "said a word" in said, said
    gdb.quit()


def test_the_clock_goes_on_in_a_diversion(workshop):
    """What the recording has left for the program's own next readings is not the diversion's."""
    recording = workshop.record(PROGRAMS / "clock_reads", "again")
    gdb = Gdb(["rr", "replay", "-x", write_settings(workshop.folder), recording.trace],
              workshop.environment)
    gdb.do("tbreak now")
    gdb.do("continue")
    gdb.do("tbreak puts")
    gdb.do("continue")
    readings = [int(re.search(r"= (-?\d+)", gdb.do("print now(1)")).group(1)) for _ in range(3)]
    assert 0 < readings[0] <= readings[1] <= readings[2], readings
    gdb.child.close(force=True)
