"""The recording that gdb makes itself, beside ours, and gdb's windows."""

import re
import time

import pexpect
import pyte
import pytest

from gdb_session import PROMPT, Gdb, write_settings
from recording import PROGRAMS, needs_counter

pytestmark = needs_counter


@pytest.fixture
def recording(workshop):
    return workshop.record(PROGRAMS / "reads_bytes")


def test_gdbs_own_recording_is_refused_or_ends_with_everything_as_it_was(workshop, recording):
    gdb = Gdb(["rr", "replay", "-q", "-x", write_settings(workshop.folder), recording.trace],
              workshop.environment)
    gdb.do("break add_bytes")
    gdb.do("continue")
    gdb.do("continue")
    place = gdb.do("when-ticks")
    assert "No record" in gdb.do("info record")
    assert "does not support" in gdb.do("record btrace")
    assert "add_bytes" in gdb.do("reverse-continue")
    assert "add_bytes" in gdb.do("continue")
    assert gdb.do("when-ticks") == place
    gdb.quit()


SOURCE = """
int add(int* total, int n) {
  *total += n;
  return *total;
}
int main(void) {
  int total = 0;
  for (int i = 1; i < 4; ++i) add(&total, i);
  return total;
}
"""


class Terminal:
    """gdb at a terminal with windows: what is typed, and what is seen then."""

    def __init__(self, command, environment):
        self.child = pexpect.spawn(str(command[0]), [str(word) for word in command[1:]],
                                   env=dict(environment, TERM="linux"), encoding="utf-8",
                                   codec_errors="replace", dimensions=(40, 100))
        self.child.delaybeforesend = None
        self.screen = pyte.Screen(100, 40)
        self.stream = pyte.Stream(self.screen)
        self.see(re.escape(PROMPT.strip()))

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def see(self, form, patience=60):
        end = time.monotonic() + patience
        while not re.search(form, self.text(), re.M):
            assert time.monotonic() < end, f"{form}\n{self.text()}"
            try:
                self.stream.feed(self.child.read_nonblocking(1 << 16, 1))
            except pexpect.TIMEOUT:
                pass

    def do(self, line, form):
        self.child.send(line + "\r")
        self.see(form)


@pytest.mark.sampled
def test_the_windows_follow_in_both_directions(workshop):
    source = workshop.folder / "adds.c"
    source.write_text(SOURCE)
    program = workshop.folder / "adds"
    assert workshop.run("gcc", "-g", "-O0", "-o", program, source).code == 0
    trace = workshop.record(program).trace
    gdb = Terminal(["rr", "replay", "-q", "-x", write_settings(workshop.folder), trace], workshop.environment)
    gdb.do("break add", r"Breakpoint 1 at")
    gdb.do("layout src", r"In: _start ")
    gdb.do("continue", r"(?s)> +3 +\*total \+= n;.*In: add +L3 ")
    gdb.do("next", r"(?s)> +4 +return .*In: add +L4 ")
    gdb.do("reverse-next", r"(?s)> +3 .*In: add +L3 ")
    gdb.do("continue", r"Breakpoint 1, add .*n=2")
    gdb.do("print n", r"\$1 = 2")
    gdb.do("reverse-continue", r"Continuing\.\n+(.*\n)*Breakpoint 1, add")
    gdb.do("print n", r"\$2 = 1")
    gdb.do("layout regs", r"layout regs\n\(at-rest\)")
    gdb.do("reverse-stepi", r"(?s)Register group: general.*x0 +0x.*> +2 +int add.*In: add +L2 ")
    gdb.child.send("tui disable\r")
    gdb.do("when", r"^Completed event: \d+")
    gdb.child.sendline("quit")
    gdb.child.expect(pexpect.EOF)
    gdb.child.close()
    assert gdb.child.exitstatus == 0
