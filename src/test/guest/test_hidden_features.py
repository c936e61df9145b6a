"""Programs that use what they have not been told of."""

import pytest

from recording import PROGRAMS, needs_counter


def cpu_has(feature):
    with open("/proc/cpuinfo") as text:
        return f" {feature} " in text.read().replace("\n", " ")


@needs_counter
@pytest.mark.sampled
@pytest.mark.parametrize("way", ["file", "made"])
def test_a_program_that_uses_sme_is_stopped_and_told_why(workshop, way):
    if not cpu_has("sme"):
        pytest.skip("this CPU has no SME")
    trace = workshop.new_trace()
    output = workshop.rr("record", "-o", trace, PROGRAMS / "streaming", way)
    assert output.code == -9 and output.text == "before\n", output
    assert "uses SME at 0x" in output.error, output
    again = workshop.rr("replay", "-a", trace)
    assert again.code == 0 and again.text == "before\n", again
