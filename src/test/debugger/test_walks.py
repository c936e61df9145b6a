"""Random walks through recordings of what people run, and the search for who wrote a wrong value."""

import contextlib
import os
import random

import pytest

from recording import PROGRAMS, Recording, needs_counter
from remote_client import RemoteClient

pytestmark = needs_counter
WALKS = int(os.environ.get("RR_WALKS", "5"))
RECORDED = {
    "threads": [PROGRAMS / "threads_hand_over"],
    "clock": [PROGRAMS / "clock_reads", "again"],
    "loops": [PROGRAMS / "atomic_loops"],
    "sqlite3": ["sqlite3", ":memory:", "create table t(a); insert into t values(1),(2),(3);"
                " select sum(a) from t;"],
    "python3": ["python3", "-c", "import json; print(len(json.dumps([{'a': i} for i in range(1000)])))"],
}
REDIS = """
rr record -o TRACE redis-server --port 0 --unixsocket redis.sock --save "" >/dev/null & recorder=$!
while ! redis-cli -s redis.sock ping 2>/dev/null | grep -q PONG; do
    kill -0 $recorder || exit 1
done
redis-benchmark -s redis.sock -n 40 -c 2 -t set,get -q >/dev/null
redis-cli -s redis.sock shutdown nosave; wait $recorder
"""


def record_redis(workshop):
    """The server alone: its clients run beside it."""
    trace = workshop.new_trace()
    return Recording(trace, workshop.run("bash", "-c", REDIS.replace("TRACE", str(trace))))


@pytest.fixture(params=["threads", "clock", "loops", "sqlite3",
                        pytest.param("python3", marks=pytest.mark.slow),
                        pytest.param("redis-server", marks=pytest.mark.slow)])
def recording(request, workshop):
    made = (workshop.record(*RECORDED[request.param]) if request.param in RECORDED
            else record_redis(workshop))
    assert made.output.code == 0, made.output.error
    return made


@pytest.fixture
def client(workshop, recording):
    connected = RemoteClient(workshop, recording.trace)
    yield connected
    connected.close()


def test_a_place_is_the_same_however_it_was_reached(workshop, recording, client):
    """Random walks of steps, continues and seeks in both directions."""
    last = len(workshop.frames(recording)) - 1
    seen = {}
    for seed in range(WALKS):
        random.seed(seed)
        client.run_to(random.randrange(2, last))
        code = []
        for _ in range(8):
            act = random.choice(["step", "step", "back", "back", "seek", "bc", "c"])
            if act == "step":
                if not client.step().startswith("T"):  # the program's end
                    client.run_to(2)
            elif act == "back":
                client.do("bs")
            elif act == "seek":
                client.run_to(random.randrange(2, last))
            else:
                # Not where no library is mapped yet.
                there = [at for at in code if client.read(at, 4)]
                client.break_at(random.choice(there or [client.pc()]))
                reply = client.do("bc" if act == "bc" else "vCont;c")
                client.clear()
                if not reply.startswith("T"):
                    client.run_to(2)
            code.append(client.pc())
            place = client.place(), client.pc()
            state = client.state()
            assert seen.setdefault(place, state) == state, (seed, place)
    assert len(seen) > 9


def test_loops_in_code_that_is_made_later_go_round_as_often(workshop):
    """From a checkpoint behind each call forward to the end."""
    recording = workshop.record(*RECORDED["loops"])
    calls = [i for i, line in enumerate(workshop.frames(recording), 1) if "getppid" in line]
    assert len(calls) > 100
    with contextlib.closing(RemoteClient(workshop, recording.trace)) as client:
        for place in calls[::8]:
            client.run_to(place)
            client.monitor("checkpoint")
            assert "replaylog:end" in (reply := client.do("vCont;c")), (place, reply)


def words_of(client):
    """The first words of each writable mapping, by address."""
    words = {}
    for start, end, flags in client.mappings():
        if "w" not in flags:
            continue
        data = client.read(start, min(0x4000, end - start))
        words.update((start + i, data[i:i + 8]) for i in range(0, len(data), 8))
    return words


def test_who_wrote_what_is_there_at_the_end(workshop, recording, client):
    """A watchpoint at the end, reverse-continue, and we stand on the instruction that stored it."""
    last = len(workshop.frames(recording)) - 1
    client.run_to(last * 2 // 3)
    early = words_of(client)
    client.run_to("end")
    late = words_of(client)
    changed = sorted(at for at, word in late.items() if early.get(at, word) != word)
    assert len(changed) > 3, "nothing changes in this recording"
    random.seed(1)
    for at in random.sample(changed, min(WALKS, len(changed))):
        client.run_to("end")
        assert client.do(f"Z2,{at:x},8") == "OK"
        # A store of what is there already is met too: gdb goes on then, and so does this.
        while client.read(at, 8) == late[at]:
            reply = client.do("bc")
            assert reply.startswith("T05watch"), (reply, hex(at))
        assert client.do(f"z2,{at:x},8") == "OK"
        client.step()
        assert client.read(at, 8) == late[at], hex(at)
