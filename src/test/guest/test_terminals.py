"""Programs at a terminal, recorded as they are used: keys reach the program, and the recorder keeps out of the way."""

import re
import time
from pathlib import Path

import pexpect
import pytest

from recording import PATIENCE


class Terminal:
    """A shell with job control at a terminal of its own, and `rr record` started from it."""

    def __init__(self, workshop):
        self.workshop = workshop
        self.shell = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], cwd=str(workshop.folder), timeout=PATIENCE,
                                   env={**workshop.environment, "PS1": "outer> ", "TERM": "vt100",
                                        "PYTHON_BASIC_REPL": "1", "NO_COLOR": "1"}, encoding="utf-8",
                                   dimensions=(24, 80), codec_errors="replace")
        self.expect("outer> ")

    def type(self, text):
        self.shell.send(text)

    def expect(self, what):
        return self.shell.expect(what)

    def record(self, command):
        self.trace = self.workshop.new_trace()
        options = " ".join(self.workshop.record_options())
        self.type(f"rr record {options} -o {self.trace} {command}\r")

    def wait_until_asleep(self, name):
        """Until a process of this name sleeps in a call that waits for time."""
        for _ in range(PATIENCE * 100):
            for status in Path("/proc").glob("[0-9]*/comm"):
                try:
                    where = (status.parent / "wchan").read_text()
                    if status.read_text() == name + "\n" and \
                            re.search("nanosleep|restart_syscall", where):
                        return
                except OSError:  # it has ended
                    pass
            time.sleep(0.01)
        raise AssertionError(f"no {name} sleeps")

    def prompt(self):
        self.expect("outer> ")
        self.type("echo status=$?.\r")
        self.expect(r"status=(\d+)\.\r\n")
        status = int(self.shell.match.group(1))
        self.expect("outer> ")
        return status

    def expect_replay(self, *texts):
        again = self.workshop.rr("replay", "-a", self.trace)
        assert again.code == 0, again.error
        for text in texts:
            assert re.search(text, again.text + again.error), again


@pytest.fixture
def terminal(workshop):
    terminal = Terminal(workshop)
    yield terminal
    terminal.shell.close(force=True)


@pytest.mark.sampled
@pytest.mark.user
@pytest.mark.slow
def test_pythons_prompt_with_ctrl_c_and_ctrl_z(terminal):
    terminal.record("python3 -q")
    terminal.expect(">>> ")
    terminal.type("6*7\r")
    terminal.expect("\r\n42\r\n>>> ")
    terminal.type("import time; time.sleep(1000)\r")
    terminal.expect("1000")
    terminal.wait_until_asleep("python3")
    terminal.type("\x03")
    terminal.expect("KeyboardInterrupt")
    terminal.expect(">>> ")
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.expect("outer> ")
    terminal.type("fg\r")
    terminal.expect("rr record")
    terminal.type("2**10\r")
    terminal.expect("1024\r\n")
    terminal.type("import os; os.get_terminal_size()\r")
    terminal.expect("columns=80, lines=24")
    terminal.expect(">>> ")
    terminal.shell.setwinsize(30, 100)
    terminal.type("os.get_terminal_size()\r")
    terminal.expect("columns=100, lines=30")
    terminal.type("\x04")
    assert terminal.prompt() == 0
    terminal.expect_replay(r"42", r"KeyboardInterrupt", r"1024", r"columns=100")


@pytest.mark.slow
def test_bash_with_job_control(terminal):
    terminal.record("bash --norc --noprofile -i")
    terminal.type("PS1='inn''er> '\r")
    terminal.expect("inner> ")
    terminal.type("sleep 1000\r")
    terminal.expect("1000\r\n")
    terminal.wait_until_asleep("sleep")
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.expect("inner> ")
    terminal.type("bg; jobs\r")
    terminal.expect("Running")
    terminal.type("fg\r")
    terminal.expect("sleep 1000\r\n")
    terminal.wait_until_asleep("sleep")
    terminal.type("\x03")
    terminal.expect("inner> ")
    terminal.type("echo is $?\r")
    terminal.expect("is 130")
    terminal.type("exit 3\r")
    assert terminal.prompt() == 3
    terminal.expect_replay("Stopped", "Running", "is 130")


@pytest.mark.user
@pytest.mark.slow
def test_vim(terminal):
    terminal.record("vim -u NONE -N note.txt")
    terminal.expect("note.txt")
    terminal.type("ihello from vim\x1b")
    terminal.expect("vim")
    terminal.type(":wq\r")
    terminal.expect("written")
    assert terminal.prompt() == 0
    assert (terminal.workshop.folder / "note.txt").read_text() == "hello from vim\n"
    terminal.expect_replay("hello from vim")


def test_ctrl_c_ends_a_program_that_does_not_handle_it(terminal):
    terminal.record("sh -c 'echo here; sleep 1000'")
    terminal.expect("here\r\n")
    terminal.wait_until_asleep("sleep")
    terminal.type("\x03")
    assert terminal.prompt() == 130
    terminal.expect_replay("here")


def test_a_program_stopped_by_itself_does_not_stop_the_recorder(terminal):
    terminal.record("sh -c '(sleep 1; kill -CONT $$) & kill -STOP $$; echo on again; wait'")
    terminal.expect("on again")
    assert terminal.prompt() == 0
    terminal.expect_replay("on again")
