"""gdb's own ways: its full-screen interface, and the recording that it makes itself."""

import re

import pexpect
import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS, needs_counter

pytestmark = needs_counter


@pytest.fixture
def recording(workshop):
    return workshop.record(PROGRAMS / "reads_bytes")


class FullScreen(Gdb):
    """What it printed last, without the terminal's codes."""

    def __init__(self, command, environment):
        self.child = pexpect.spawn(str(command[0]), [str(word) for word in command[1:]],
                                   env=dict(environment, TERM="xterm"), encoding="utf-8",
                                   codec_errors="replace", timeout=150, echo=False,
                                   dimensions=(40, 120))
        self.wait_for_prompt()

    def wait_for_prompt(self):
        return re.sub(r"\x1b[\[(][0-9;?]*[a-zA-Z]|\x1b[=>]", " ", super().wait_for_prompt())


def test_the_full_screen_follows_in_both_directions(workshop, recording):
    gdb = FullScreen(["rr", "replay", "-q", "-x", write_settings(workshop.folder), recording.trace],
                     workshop.environment)
    gdb.do("break add_bytes")
    gdb.do("continue")
    first = gdb.number("$pc")
    gdb.do("layout asm")
    assert "add_bytes" in gdb.do("stepi")
    gdb.do("reverse-stepi")
    gdb.do("layout regs")
    gdb.do("stepi")
    gdb.do("reverse-stepi")
    gdb.do("layout src")
    gdb.do("next")
    gdb.do("continue")
    gdb.do("reverse-continue")
    gdb.do("tui disable")
    assert gdb.number("$pc") == first
    gdb.quit()


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
