"""One long session on each of four programs: gdb's commands that go forward, each by its effect. The
same session once more says the same."""

import re
import time
from dataclasses import dataclass

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS, needs_counter

PYTHON = """
import os, signal
signal.signal(signal.SIGUSR1, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
child = os.fork()
if child == 0:
    os.execv("/bin/echo", ["echo", "from the child"])
os.waitpid(child, 0)
print("written by python")
"""


@dataclass
class Program:
    command: list
    first: str   # a library's function, met before anything is printed
    text: str    # the first that it prints itself
    way: str     # how the process is made that executes another program
    makes: list  # rows about what it does besides
    last: bool = False  # it writes as it ends: that part of its stack is not used again


# A row is a command and a form that its answer has.
FORK = [("catch fork", "Catchpoint"), ("run", r"Catchpoint \d+ \(forked process \d+\)"), ("delete", "")]
VFORK = [("catch vfork", "Catchpoint"), ("run", r"Catchpoint \d+ \(vforked process \d+\)"), ("delete", "")]
SIGNAL = [("catch signal SIGUSR1", "Catchpoint"), ("run", r"Catchpoint \d+ \(signal SIGUSR1\)"),
          ("print $_siginfo.si_signo", "= 10$"), ("delete", ""),
          ("handle SIGUSR1 stop print", r"SIGUSR1 +Yes\s+Yes\s+Yes"),
          ("run", "received signal SIGUSR1"), ("info program", "SIGUSR1")]
OF_C = FORK + VFORK + SIGNAL

AT_START = [
    ("handle SIGUSR1 nostop noprint pass", r"SIGUSR1 +No\s+No\s+Yes"),
    ("info signals SIGUSR1", r"SIGUSR1 +No\s+No\s+Yes"),
    ("info symbol $pc", "_start"),
    ("set $start = $pc", ""),
    ("catch load libc", "Catchpoint 1"),
    ("continue", r"(?s)Inferior loaded .*libc\.so\.6"),
    ("delete", ""),
    ("info sharedlibrary", r"Yes.*libc\.so\.6"),
]
IN_LIBRARY = [
    ("tbreak {first}", "Temporary breakpoint 2"),
    ("continue", "Temporary breakpoint 2, .*{first}"),
    ("info breakpoints", "No breakpoints"),
    ("bt 3", r"#0 .*{first}.*\n#1 "),
    ("set $here = $pc", ""),
    ("stepi", ""),
    ("print $pc == $here + 4", "= 1$"),
    ("nexti", ""),
    ("print $pc == $here + 4", "= 0$"),
    ("up", "^#1 "),
    ("print $pc == $here", "= 0$"),
    ("down", "^#0 .*{first}"),
    ("finish", "Run till exit"),
    ("print $pc > $here && $pc < $here + 100", "= 0$"),
]
ASKED = [
    ("info registers", r"(?s)x0 +0x.*\nx30 +0x.*\nsp +0x.*\npc +0x.*\ncpsr +0x"),
    ("info float", "fpsr"),
    ("info vector", "v31 "),
    ("info threads", r"\* 1 +Thread \d+\.\d+"),
    ("info inferiors", r"\* 1 +process \d+"),
    ("info proc mappings", r"0x[0-9a-f]+ .*r-xp .*libc"),
    ("info auxv", "AT_PHDR"),
]
AT_WRITE = [
    ("hbreak write if $x0 == 1", "Hardware assisted breakpoint 3"),
    ("continue", "Breakpoint 3, .*write"),
    ("info breakpoints", r"(?s)hw breakpoint.*\$x0 == 1.*already hit 1 time"),
    ("delete", ""),
    ("x/s $x1", '"{text}'),
    ("print $x2 == {size}", "= 1$"),
    ("find /b $x1, +$x2, '{letters}'", "(?s)0x.*1 pattern found"),
    ("when", r"Completed event: \d+"),
    ("when-ticks", r"Current tick: \d+"),
    ("when-tid", r"Current tid: \d+"),
    ("elapsed-time", r"\d+\.\d+"),
    ("checkpoint", "Checkpoint 1 at event"),
    ("finish", "Run till exit"),
    ("print $x0 == {size}", "= 1$"),
    ("stepi", ""),
    ("set $next = $pc", ""),
    ("restart 1", "write"),
    ("finish", "Run till exit"),
    ("until *$next", ""),
    ("print $pc == $next", "= 1$"),
    ("restart 1", "write"),
    ("finish", "Run till exit"),
    ("advance *$next", ""),
    ("print $pc == $next", "= 1$"),
]
CHANGE = [
    ("continue", r"Old value = \d+\s+New value = \d+"),
    ("print *$cell == $was", "= 0$"),
]
WATCHED = [
    ("restart 1", "write"),
    ("set $cell = (unsigned long*)$sp", ""),
    ("rwatch -l *$cell", "Hardware read watchpoint 4"),
    ("continue", r"Hardware read watchpoint 4: .*\s+Value = \d+"),
    ("delete", ""),
    ("restart 1", "write"),
    ("awatch -l *$cell", r"Hardware access \(read/write\) watchpoint 5"),
    ("continue", r"(?s)Hardware access \(read/write\) watchpoint 5: .*alue = \d+"),
    ("delete", ""),
    ("restart 1", "write"),
    ("set $cell = (unsigned long*)($sp - 64)", ""),
    ("set $was = *$cell", ""),
    ("watch -l *$cell", "Hardware watchpoint 6"),
    *CHANGE,
    ("delete", ""),
    ("restart 1", "write"),
    ("catch syscall write", "Catchpoint 7 "),
    ("continue", r"Catchpoint 7 \(call to syscall write\)"),
    ("print $x8", "= 64$"),
    ("continue", r"Catchpoint 7 \(returned from syscall write\)"),
    ("print $x0 == {size}", "= 1$"),
    ("delete", ""),
    ("continue", "No more reverse-execution history|Reached end of recorded history"),
    ("continue", "exited normally"),
    ("restart", ""),
    ("print $pc == $start", "= 1$"),
]
# The child that executes a program is followed to there, and let go.
AT_LAST = [
    ("kill", r"\[Inferior 1 \(process \d+\) killed\]"),
    ("handle SIGUSR1 nostop noprint", r"SIGUSR1 +No\s+No\s+Yes"),
    ("catch {way}", "Catchpoint"),
    ("run", r"Catchpoint \d+ \({way}ed process \d+\)"),
    ("set follow-fork-mode child", ""),
    ("catch exec", "Catchpoint"),
    ("continue", r"Catchpoint \d+ \(exec'd .*/\w+\)"),
    ("info symbol $pc", "_start"),
    ("detach", r"Detaching from program: .*, process \d+"),
]
ROWS = AT_START + IN_LIBRARY + ASKED + AT_WRITE + WATCHED


def plain(_workshop):
    return Program([PROGRAMS / "makes_processes"], "setvbuf", "signal 10, errno 0, own 100", "vfork", OF_C)


def stripped(workshop):
    program = workshop.folder / "stripped"
    workshop.run("strip", "-o", program, PROGRAMS / "makes_processes")
    return Program([program], "setvbuf", "signal 10, errno 0, own 100", "vfork", OF_C)


def python3(_workshop):
    return Program(["python3", "-c", PYTHON], "PyEval_EvalCode", "written by python", "fork",
                   FORK + SIGNAL)


def sqlite3(_workshop):
    return Program(["sqlite3", ":memory:", ".shell exec /bin/echo from the child",
                    "select 'written by sqlite';"],
                   "sqlite3_step", "written by sqlite", "vfork", VFORK, last=True)


def go_through(gdb, rows, program):
    """What was said, without what belongs to this gdb alone."""
    names = {"first": program.first, "way": program.way, "text": program.text, "size": len(program.text) + 1,
             "letters": "', '".join(program.text[:5])}
    said, wrong = [], []
    for line, form in rows:
        answer = gdb.do(line.format(**names) if "{" in line else line)
        wanted = re.sub(r"\{(\w+)\}", lambda name: str(names[name[1]]), form)
        # What the program itself prints comes when it comes.
        said.append((line, "" if line == "run" else re.sub(r"/rr-\w+/", "/rr/", answer)))
        if not re.search(wanted, answer, re.M):
            wrong.append((line, wanted, answer))
    assert not wrong
    return said


def interrupt(gdb):
    """Ctrl-C while gdb watches without the CPU's help: step after step, without an end."""
    gdb.do("set can-use-hw-watchpoints 0")
    assert "Watchpoint" in gdb.do("watch -l *(int*)$start")
    gdb.child.sendline("continue")
    gdb.child.expect_exact("Continuing.")
    time.sleep(0.1)
    gdb.child.sendintr()
    assert "received signal SIGINT" in (said := gdb.wait_for_prompt()), said
    gdb.do("delete")


@pytest.mark.slow
@pytest.mark.sampled
@needs_counter
@pytest.mark.parametrize("make", [plain, stripped, python3, sqlite3])
def test_every_command_twice(workshop, make):
    program = make(workshop)
    trace = workshop.record(*program.command).trace
    said = []
    for _ in range(2):
        gdb = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), trace],
                  workshop.environment)
        try:
            once = go_through(gdb, [row for row in ROWS if not (program.last and row in CHANGE)], program)
            interrupt(gdb)
            said.append(once + go_through(gdb, program.makes + AT_LAST, program))
        finally:
            gdb.child.close(force=True)
    assert said[0] == said[1]
