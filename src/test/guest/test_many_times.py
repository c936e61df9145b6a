"""Programs whose course is another each time, recorded again and again: each replay is exact. How often, RR_ROUNDS says."""

import os

import pytest

from recording import PROGRAMS, needs_counter

ROUNDS = int(os.environ.get("RR_ROUNDS", "20"))


@needs_counter
@pytest.mark.slow
@pytest.mark.parametrize("name", ["threads_race", "signal_storm"])
def test_each_of_many_recordings_is_replayed_exactly(workshop, name):
    seen = set()
    for seed in range(ROUNDS):
        options = ["-c", str(3000 + 193 * seed)]
        recording = workshop.record(PROGRAMS / name, options=options)
        assert recording.output.code == 0, (options, recording.output)
        workshop.expect_exact_replay(recording)
        seen.add(recording.output.stdout)
        workshop.remove(recording)
    assert len(seen) > ROUNDS // 2
