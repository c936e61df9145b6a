"""System calls at large: what a program's own sandbox, wild pointers and random sequences of calls
come to under a recorder."""

import os

import pytest

from recording import PROGRAMS

SEQUENCES = PROGRAMS / "call_sequences"
SEQUENCES_A_RECORDING = 25
# How many in all; a long run is asked for by the environment.
COUNT = int(os.environ.get("RR_SEQUENCES", "200"))


def test_wild_pointers_are_answered_as_without_a_recorder(workshop):
    natively = workshop.run(PROGRAMS / "wild_pointers")
    recording = workshop.record(PROGRAMS / "wild_pointers")
    assert recording.output.text == natively.text


def shrink(workshop, seed, calls):
    """The fewest calls of this seed that still replay wrongly."""
    for fewer in range(1, calls):
        if not is_exact(workshop, seed, 1, fewer):
            return fewer
    return calls


def is_exact(workshop, seed, count, calls):
    recording = workshop.record(SEQUENCES, seed, count, calls)
    again = workshop.replay(recording)
    return (again.code == 0 and recording.output.code == 0
            and again.stdout == recording.output.stdout)


def check_sequences(workshop, first, count, calls=12):
    """Random calls replay exactly; of those that do not, the smallest that shows it is told."""
    wrong = []
    for seed in range(first, first + count, SEQUENCES_A_RECORDING):
        if is_exact(workshop, seed, SEQUENCES_A_RECORDING, calls):
            continue
        alone = [s for s in range(seed, seed + SEQUENCES_A_RECORDING)
                 if not is_exact(workshop, s, 1, calls)]
        wrong += [f"call_sequences {s} 1 {shrink(workshop, s, calls)}" for s in alone]
        if not alone:
            wrong.append(f"call_sequences {seed} {SEQUENCES_A_RECORDING} {calls}")
    assert not wrong, "not replayed exactly: " + ", ".join(wrong)


def test_random_sequences_of_calls_replay_exactly(workshop):
    check_sequences(workshop, 1, SEQUENCES_A_RECORDING)


# What they once showed: recvfrom writes its buffer and then finds the address's length invalid; socketpair writes
# its numbers and then waits for a module, or statfs for a server, while another thread reads that memory.
@pytest.mark.slow
@pytest.mark.parametrize("seed, count, calls", [(2055, 1, 4), (2684, 1, 2), (2703, 1, 12), (3331, 1, 7),
                                                (3795, 1, 10), (3857, 1, 7), (3926, 25, 12)])
def test_sequences_that_once_failed_replay_exactly(workshop, seed, count, calls):
    assert is_exact(workshop, seed, count, calls)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1 + SEQUENCES_A_RECORDING, COUNT, 100))
def test_many_random_sequences_of_calls_replay_exactly(workshop, first):
    check_sequences(workshop, first, min(100, COUNT + 1 - first))
