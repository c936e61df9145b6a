"""Each program of src/test/programs: recorded, it does what it does by itself; replayed, the same
again to the byte."""

import os
import re

import pytest

from recording import PROGRAMS, TICKS, has_scalable_vectors

# Exit code and the form of stdout, for programs that must come to a known end. The code of any
# other is that of a run by itself.
EXPECTED = {
    "auxiliary_vector": (0, r"[0-9a-f]{4} [0-9a-f]+ [0-9a-f]+\nFeatures\s*:( [a-z0-9]+)+ \n"),
    "call_sequences": (0, r"(seed \d+: [0-9a-f]{16}\n|seed \d+ ended with [de]\n)+"),
    "affinity": (0, r"processors\n"),
    "calls_bpf": (0, r"not privileged\n|(key \d\n){5}(.*\n)*program \d+ of \d+ bytes, map \d+, loaded at \d+\n"),
    "calls_devices": (0, r"(\w+: (0 |-1 (?!ENOTTY)\w+)\n|[\da-f ]+\n|KDFONTOP: -1 ENOTTY\n)*"
                         r"SIOCGETTUNNEL: -1 EOPNOTSUPP\nSIOCGIWNAME: -1 EOPNOTSUPP\n"),
    "calls_events": (0, r"(.*: yes\n)+"),
    "calls_newer": (0, r"(.*: yes\n)+"),
    "calls_pipes": (0, r"(.*: yes\n)+"),
    "calls_sockets": (0, r"(.*: yes\n)+"),
    "crash": (-11, r"about to crash\n"),
    "deep_stacks": (0, r"\d+ overflows at \d+ and \d+\n"),
    "diversions": (5, r"level 13, note unchanged\nchild 33, level 13\n"),
    "every_register_bare": (0, r"every register kept\n"),
    "exec_set_group_id": (0, r"group \d+, sum \d+\n"),
    "exit_seven_static": (7, r""),
    "fork_beside_threads": (0, r"forked 20 times\n"),
    "futex_words": (0, r"total 200\n(owner died: 1\n){2}process died: 1\nmoved 2, now 0\n"
                       r"woken 2, now 5\nwaitv woke\n"),
    "few_calls_bare": (0, r"a message of more than thirty-two bytes\n[0-9a-f]{16}\n"),
    "hello_static": (0, r"time \d+\.\d{9} random \d+ at_random [0-9a-f]{4} pid \d+ stack 0x\w+\n"
                        r"heap 0x\w+ xy\nfile /tmp/rr-hello-\w{6} inode \d+ size 32\n"
                        r"argv\[0\] = .*/hello_static\nfloat \d+\.\d+\n"),
    "loop_of_calls": (0, r"round 0\nround 100\nround 200\n"),
    "long_loop_static": (0, r"100000000 rounds, 0\n"),
    "machine_values": (0, r"(no random numbers|random 1 [0-9a-f]+)\n"
                          r"counter \d+ made \d+ midr [0-9a-f]+\ndata \w+ literals \w+\n"),
    "mapped_file_end": (0, r"(in the file(, |\n)){3}(behind its end(, |\n)){3}"),
    "mapped_file_lock": (0, r"locked, behind the end x\n"),
    "mapped_file_written": (0, r"(written written \d+\n(.*\n)+)+memory memory \d+\nsum \d+\n"),
    "makes_processes": (0, r"from the executed\nsignal 10, errno 0, own 100\n"),
    "page_behind_output": (0, r"received\n"),
    "perf_events": (0, r"no events\n|task clock \d+, faults \d+\ncycles \d+\n(overflows \d\n)?the kernel's .* \d+ bytes\n"),
    "renames_itself": (0, r"0 bytes, renames_itself\n(not privileged|13 bytes, another name)\n"),
    "reads_random_static": (0, r"(block \d sum [0-9a-f]{8}\n){4}"),
    "memory_calls": (0, r"moved( 0x[0-9a-f]+){4}\nheap 0x[0-9a-f]+\nsum [0-9a-f]+\n"),
    "memory_implies_exec": (0, r"42 42\n"),
    "memory_in_namespaces": (0, r"no namespaces\n|from outside: by its number here\n"
                                r"self: to itselfmber here, elsewhere, another root\n"
                                r"child: to itselfmber here, to the child, a thread\n"),
    "memory_limits": (0, r"size\ndata\nlimits hold\n"),
    "memory_locked": (0, r"locked\n"),
    "memory_half_done": (0, r"(no seals|mprotect -1 1: 0 1 1 1\nmunmap -1 1: 1 1 1 1\nmmap 1 1:( [fw]){4}\n"
                         r"mremap 1 1\nmadvise -1 1: 0 0 102 102\nchild 100)\n"
                         r"locked: 0 0 102 102 0 111 102 102 o\ngap: 0 0 1\n"
                         r"1 mmap: .*\n1 mremap: .*\n(source: .*\n){2}"
                         r"removed: full empty full full\nlocked: empty full full full\n"
                         r"read-only: (empty|full) (empty|full) full full\n"
                         r"shmat:( full){4}\nsealed:( full){4}\n"),
    "memory_of_others": (0, r"parent from the child\nself selftwo parts (CONST|const)a\n"
                            r"child one two through PROC\n"),
    "processes_watch_outputs": (0, "".join(rf"{where}\nread: 7 65766573\nrecv: 7 65766573\n"
                                           r"wait: 1 700\n"
                                           for where in ("no file", "file", "segment"))),
    "process_sequences": (0, r"(  depth \d: [0-9a-f]{16}\n|seed \d+ ended with [0-9a-f]+\n)+"),
    "pointer_keys": (0, r"no keys\n|[0-9a-f]{16}\nchild [0-9a-f]{16}\n[0-9a-f]{16} [0-9a-f]{16}\n"
                        r"enabled [0-9a-f]+, then [0-9a-f]+\n[0-9a-f]{16}\n"),
    "reads_bytes": (0, r"320 bytes, sum \d+\ndone\n"),
    "namespaces": (0, r"((.*: yes|no namespaces: .*)\n)+"),
    "seccomp_filters": (0, r"((.*: yes|strict|narrow)\n)+"),
    "signal_handlers": (0, r"left 4\.9\d+\nusers 6 segvs 3 alarms 2\n"),
    "streaming": (0, r"before\nbehind\n"),
    "scalable_threads": (0, r"([0-9a-f]+\n){3}"),
    "scalable_vectors": (0, r"no SVE\n|no call: .*\ncall: \d+ of \d+, 0 0\n(.*\n)+"),
    "stack_limits": (0, r"old call: \d\nparent: \d\n(inside: \d|no namespaces)\n|the limit cannot be set\n"),
    "stack_growth": (0, r"1400\n"),
    "sysv_shared_memory": (0, r"from the child\nattached anew\nseen twice\nnot of the segment\n"
                              r"10000 bytes, attached 1\nstill there\nfrom the child\n"
                              r"attached anew\nfrom the parent\n"),
    "throws": (0, r"caught on purpose\nrefused 7\n"),
    "threads_watch_outputs": (0, r"readv: 7 sev\nlong readv: 7 sev\nrecvmsg: 7010 se\n"
                                 r"recvmmsg: 170 sev\nlong read: 7 sev\nlongest read: 7 sev\n"
                                 r"long recv: 7 sev\npoll: 11 \ninterrupted\n"),
    "waits_for_byte": (0, r"came\n"),
    "watched": (0, r"7 7 12 1000 from the kernel\n"),
    "watched_by_two": (0, r"42 1 42\n"),
    "clones": (0, r"cloned\n"),
    "ends_noticed": (0, r"200 ended\n"),
    "exec_ways": (0, r"(?:[a-z ]+: \d\d\n){7}"),
    "first_thread_ends": (0, r"went on\n"),
    "exits_race": (0, "way 0: status 1f00\nway 1: status 2000\nway 2: status 2100\nway 3: status b\n"
                      "way 4: status 6\nway 5: status 0\nway 6: status 9\nway 7: status 2500\n"),
    "kills": (0, r"killed 40\n"),
    "output_ways": (0, r"(?:.*\n)+end\n"),
    "refused_behind_writing": (0, r"told\n"),
    "signal_at_exclusive": (0, r"\d+ of \d+ alarms in \d+ rounds\n"),
    "signal_bad_frames": (0, r"(\w+: \w+ x7 \d+ code \d+ at (its pc|the call)\n){5}"),
    "signal_restarts": (0, r"(?:call \d way \d: .*\n){21}"),
    "named_threads": (0, r"named\n"),
    "orphans": (0, r"ended 60\n"),
    "signal_between_calls": (0, r"child \w+\nparent \w+\n"),
    "signal_flags": (0, r"sum \w+\ndepth 2\n"),
    "signal_ignored": (0, r"([a-z_ ]+ -?\d+ \w+\n){9}"),
    "rewritten_code": (0, r"ran 12 times\n"),
    "signal_queued_as_fault": (0, r"7 b b\n"),
    "signal_odd": (0, r"5 5 b b 4 7 b b\n"),
    "signal_storm": (0, r"seen \w+ progress \d+\n"),
    "threads_race": (0, r"(\w+ ){4}\n\d+ of 12000\n"),
    "signals_all_blocked": (0, r"pending:\nraised: 12 16\ntaken:\n"),
    "signal_stops": (0, r"stopped and continued\n"),
    "signal_timers": (0, r"(?:\d+\.\d{9}\n){5}\w+ \w+ \w+ 1 \d+\.\d{9}\n"),
    "signal_waits": (0, r"(?:\d+ ){12}\nwaited\n"),
}

# Programs whose threads get on only if one that spins is preempted, or a signal comes between two calls.
SPINNING = {"exits_race", "kills", "signal_at_exclusive", "signal_storm", "signal_timers",
            "signals_all_blocked", "threads_hand_over"}

# They do little where no namespaces can be made. Root can, in the emulated machine.
NAMESPACED = {"memory_in_namespaces", "namespaces", "stack_limits"}
MUST_HAVE_NAMESPACES = "RR_BUILD" not in os.environ and os.geteuid() == 0

NAMES = sorted(path.name for path in PROGRAMS.iterdir()) if PROGRAMS.is_dir() else []


# Those that run on every kernel and CPU; the others in the full cell.
EVERYWHERE = {"clock_reads", "counter_register", "crash", "every_register_bare",
              "exit_seven_static", "first_thread_ends", "fork_beside_threads", "hello_static",
              "loop_of_calls", "mapped_file_lock", "page_behind_output", "reads_bytes", "signal_at_exclusive",
              "scalable_threads", "scalable_vectors", "shared_file_mapping", "signal_handlers",
              "stack_growth", "threads_hand_over", "threads_watch_outputs"}


SLOW = {"clock_reads", "clones", "ends_noticed", "exec_from_thread", "exits_race", "futex_words",
        "kills", "orphans", "scalable_threads", "signal_at_exclusive", "signal_ignored", "signal_odd", "signal_restarts",
        "signal_storm", "signal_timers"}


def with_marks(name):
    marks = [pytest.mark.sampled, pytest.mark.user] if name in EVERYWHERE else []
    marks += [pytest.mark.slow] if name in SLOW else []
    return pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", map(with_marks, NAMES))
def test_program_is_recorded_and_replayed_exactly(workshop, name):
    if name in SPINNING and TICKS == "none":
        pytest.skip("a thread that spins cannot be preempted without a counter")
    if name == "clock_reads" and (TICKS == "none" or has_scalable_vectors()):
        pytest.skip("each reading is a stop here, and its timer is faster than these")
    recording = workshop.record(PROGRAMS / name)
    if name in EXPECTED:
        code, form = EXPECTED[name]
        assert re.fullmatch(form, recording.output.text), recording.output
    else:
        code = workshop.run(PROGRAMS / name).code
    assert recording.output.code == code, recording.output
    workshop.expect_exact_replay(recording)
    if name in NAMESPACED and "no namespaces" in recording.output.text:
        assert not MUST_HAVE_NAMESPACES, recording.output
        pytest.skip("no namespaces can be made here")


def test_every_expected_program_was_built():
    assert set(EXPECTED) <= set(NAMES)


def test_statuses_of_programs_differ_between_recording_and_replay_only_as_documented(workshop):
    """A recording ends as its program did; a replay of it succeeds."""
    recording = workshop.record(PROGRAMS / "exit_seven_static")
    assert recording.output.code == 7
    assert workshop.replay(recording).code == 0
