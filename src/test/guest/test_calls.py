"""System calls at large: what a program's own sandbox, wild pointers and random sequences of calls
come to under a recorder."""

import os
import subprocess

import pytest

from recording import PROGRAMS, needs_counter

SEQUENCES = PROGRAMS / "call_sequences"
# Fork, exec, threads, mappings and signals; its sequences have more steps, each of which may be a process.
PROCESSES = PROGRAMS / "process_sequences"
SEQUENCES_A_RECORDING = 25
# How many in all, and of processes; a long run is asked for by the environment.
COUNT = int(os.environ.get("RR_SEQUENCES", "200"))
PROCESS_COUNT = COUNT // 2


def test_wild_pointers_are_answered_as_without_a_recorder(workshop):
    natively = workshop.run(PROGRAMS / "wild_pointers")
    recording = workshop.record(PROGRAMS / "wild_pointers")
    assert recording.output.text == natively.text


def shrink(workshop, program, seed, calls):
    """The fewest calls of this seed that still replay wrongly."""
    for fewer in range(1, calls):
        if not is_exact(workshop, program, seed, 1, fewer):
            return fewer
    return calls


def is_exact(workshop, program, seed, count, calls):
    try:
        recording = workshop.record(program, seed, count, calls)
        again = workshop.replay(recording)
    except subprocess.TimeoutExpired:
        return False
    is_same = (again.code == 0 and recording.output.code == 0
               and again.stdout == recording.output.stdout)
    workshop.remove(recording)
    return is_same


def check_sequences(workshop, program, first, count, calls):
    """Random calls replay exactly; of those that do not, the smallest that shows it is told."""
    wrong = []
    for seed in range(first, first + count, SEQUENCES_A_RECORDING):
        if is_exact(workshop, program, seed, SEQUENCES_A_RECORDING, calls):
            continue
        alone = [s for s in range(seed, seed + SEQUENCES_A_RECORDING)
                 if not is_exact(workshop, program, s, 1, calls)]
        wrong += [f"{s} 1 {shrink(workshop, program, s, calls)}" for s in alone]
        if not alone:
            wrong.append(f"{seed} {SEQUENCES_A_RECORDING} {calls}")
    assert not wrong, f"not replayed exactly: {program.name} with " + ", ".join(wrong)


def test_random_sequences_of_calls_replay_exactly(workshop):
    check_sequences(workshop, SEQUENCES, 1, SEQUENCES_A_RECORDING, 12)


@needs_counter
def test_random_sequences_of_processes_replay_exactly(workshop):
    check_sequences(workshop, PROCESSES, 1, SEQUENCES_A_RECORDING, 30)


# What they once showed: recvfrom writes its buffer and then finds the address's length invalid; socketpair writes
# its numbers and then waits for a module, or statfs for a server, while another thread reads that memory.
@pytest.mark.slow
@pytest.mark.parametrize("seed, count, calls", [(2055, 1, 4), (2684, 1, 2), (2703, 1, 12), (3331, 1, 7),
                                                (3795, 1, 10), (3857, 1, 7), (3926, 25, 12)])
def test_sequences_that_once_failed_replay_exactly(workshop, seed, count, calls):
    assert is_exact(workshop, SEQUENCES, seed, count, calls)


@needs_counter
@pytest.mark.slow
def test_a_sequence_of_processes_that_once_failed_replays_exactly(workshop):
    """A read into shared memory that may not be written, in a process with threads."""
    assert is_exact(workshop, PROCESSES, 36, 1, 28)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1 + SEQUENCES_A_RECORDING, COUNT, 100))
def test_many_random_sequences_of_calls_replay_exactly(workshop, first):
    check_sequences(workshop, SEQUENCES, first, min(100, COUNT + 1 - first), 12)


@needs_counter
@pytest.mark.slow
@pytest.mark.parametrize("first", range(1 + SEQUENCES_A_RECORDING, PROCESS_COUNT, 100))
def test_many_random_sequences_of_processes_replay_exactly(workshop, first):
    check_sequences(workshop, PROCESSES, first, min(100, PROCESS_COUNT + 1 - first), 30)
