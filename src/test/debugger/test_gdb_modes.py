"""The recording that gdb makes itself, beside ours."""

import pytest

from gdb_session import Gdb, write_settings
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
