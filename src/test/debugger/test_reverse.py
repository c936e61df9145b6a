"""Going backward: with gdb as a person does, and with thousands of packets."""

import os
import random
import re
import time
from pathlib import Path

import pytest

from gdb_session import Gdb, write_settings
from recording import PROGRAMS, needs_counter
from remote_client import RemoteClient

pytestmark = needs_counter
COMMANDS = int(os.environ.get("RR_COMMANDS", "300"))
NO_MORE = re.compile("No more reverse-execution history|Reached end of recorded history")


def start_gdb(workshop, recording, *options):
    return Gdb(["rr", "replay", *options, "-x", write_settings(workshop.folder), recording.trace],
               workshop.environment)


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.sampled
def test_a_person_goes_back_and_forth(workshop):
    """The tour of reads_bytes: five calls of add_bytes, each of which changes a total."""
    gdb = start_gdb(workshop, workshop.record(PROGRAMS / "reads_bytes"))
    gdb.do("break add_bytes")
    sums = []
    for _ in range(3):
        gdb.do("continue")
        sums.append(gdb.number("total->sum"))
    assert sums[0] == 0 and len(set(sums)) == 3
    for want in (sums[1], sums[0]):
        assert "Breakpoint 1, add_bytes" in gdb.do("reverse-continue")
        assert gdb.number("total->sum") == want
    assert NO_MORE.search(gdb.do("reverse-continue"))
    assert "_start" in gdb.do("info symbol $pc")
    assert "Breakpoint 1, add_bytes" in gdb.do("continue")
    assert gdb.number("total->sum") == sums[0]
    # Lines, in both directions.
    first = gdb.do("frame")
    gdb.do("next")
    gdb.do("next")
    assert gdb.do("frame") != first
    gdb.do("reverse-next")
    gdb.do("reverse-next")
    assert re.search(r":(\d+)", gdb.do("frame"))[1] == re.search(r":(\d+)", first)[1]
    gdb.do("delete")
    assert "main ()" in gdb.do("reverse-finish")
    gdb.do("stepi")
    assert "add_bytes" in gdb.do("info symbol $pc")
    gdb.do("reverse-stepi")
    assert "main" in gdb.do("info symbol $pc")
    # To the end, and back again.
    assert NO_MORE.search(gdb.do("continue"))
    gdb.do("break add_bytes if total->count == 192")
    assert "add_bytes" in gdb.do("reverse-continue")
    assert gdb.number("total->count") == 192
    gdb.do("delete")
    assert NO_MORE.search(gdb.do("continue"))
    assert "exited normally" in gdb.do("continue")
    assert gdb.quit() == 0


def test_checkpoints_events_and_the_history_of_stops(workshop):
    gdb = start_gdb(workshop, workshop.record(PROGRAMS / "reads_bytes"))
    gdb.do("break add_bytes")
    gdb.do("continue")
    gdb.do("continue")
    assert re.match(r"Checkpoint 1 at event \d+, tick \d+", gdb.do("checkpoint"))
    when = gdb.do("when")
    ticks = int(re.search(r"\d+", gdb.do("when-ticks"))[0])
    total = gdb.number("total->sum")
    gdb.do("continue")
    assert "1  event" in gdb.do("info checkpoints")
    gdb.do("restart 1")
    assert gdb.do("when") == when and gdb.number("total->sum") == total
    gdb.do("back")
    gdb.do("forward")
    assert gdb.do("when") == when and gdb.number("total->sum") == total
    gdb.do(f"seek-ticks {ticks - 1}")
    assert str(ticks - 1) in gdb.do("when-ticks")
    event = int(re.search(r"\d+", when)[0])
    gdb.do(f"run {event - 2}")
    assert str(event - 2) in gdb.do("when")
    gdb.do("run end")
    assert "add_bytes" in gdb.do("reverse-continue")
    assert "deleted" in gdb.do("delete checkpoint 1")
    assert "No checkpoints" in gdb.do("info checkpoints")
    gdb.quit()


def test_where_there_is_no_such_place_one_stays_and_is_told_why(workshop):
    recording = workshop.record(PROGRAMS / "reads_bytes")
    last = len(workshop.frames(recording))
    gdb = start_gdb(workshop, recording)
    gdb.do("break add_bytes")
    gdb.do("continue")
    where = gdb.do("when-ticks")
    for command, why in (("run 99999", f"the recording ends with event {last}"),
                         ("restart 99", "there is no checkpoint 99"),
                         ("restart x", "'cx' is no place"),
                         ("forward", "there is no later stop in the history")):
        answer = gdb.do(command)
        assert why in answer and "Program stopped" in answer, answer
        assert gdb.do("when-ticks") == where and "add_bytes" in gdb.do("frame")
    answer = gdb.do("run --verbose")
    assert "'--verbose' is no place" in answer and "Breakpoint 1, add_bytes" in answer, answer
    for command in (f"run {last}", "seek-ticks 99999999999999"):
        assert "exit" in gdb.do(command)
        assert gdb.do("when") == f"Completed event: {last - 1}"
    assert "add_bytes" in gdb.do("reverse-continue")
    assert "Give the number of one" in gdb.do("delete checkpoint 1 2")
    gdb.quit()


def test_back_knows_the_stops_that_were_shown(workshop):
    """gdb steps by itself: off a breakpoint, and from line to line."""
    gdb = start_gdb(workshop, workshop.record(PROGRAMS / "reads_bytes"))
    gdb.do("break add_bytes")
    places = []
    for command in ("continue", "continue", "next", "next", "next", "stepi"):
        gdb.do(command)
        places.append(gdb.do("when-ticks") + gdb.do("info symbol $pc"))
    for place in reversed(places[:-1]):
        gdb.do("back")
        assert gdb.do("when-ticks") + gdb.do("info symbol $pc") == place
    gdb.do("back")
    assert "_start" in gdb.do("info symbol $pc")
    for place in places:
        gdb.do("forward")
        assert gdb.do("when-ticks") + gdb.do("info symbol $pc") == place
    gdb.quit()


def test_caught_calls_are_met_going_back(workshop):
    gdb = start_gdb(workshop, workshop.record(PROGRAMS / "reads_bytes"))
    gdb.do("break main")
    gdb.do("continue")
    gdb.do("catch syscall 278")  # getrandom, whose name not every gdb knows
    met = []
    for _ in range(4):
        stopped = gdb.do("continue")
        assert re.search(r"\((call to|returned from) syscall 278\)", stopped), stopped
        met.append((re.search(r"call to|returned from", stopped)[0], gdb.do("when-ticks")))
    for kind, place in reversed(met[:-1]):
        stopped = gdb.do("reverse-continue")
        assert f"({kind} syscall 278)" in stopped, stopped
        assert gdb.do("when-ticks") == place
    assert "Breakpoint 1, main" in gdb.do("reverse-continue")
    gdb.quit()


def test_an_exec_is_met_going_back(workshop):
    gdb = start_gdb(workshop, workshop.record("sh", "-c", "exec /bin/true"))
    gdb.do("catch exec")
    met = r"Catchpoint 1 \(exec'd .*/true\)"
    assert re.search(met, gdb.do("continue"))
    place = gdb.do("when")
    gdb.do("run end")
    assert re.search(met, gdb.do("reverse-continue"))
    assert gdb.do("when") == place
    assert NO_MORE.search(gdb.do("reverse-continue"))
    assert "dash" in gdb.do("info proc exe")
    assert re.search(met, gdb.do("continue"))
    assert gdb.do("when") == place
    gdb.quit()


def test_from_the_start_no_step_goes_back(workshop):
    gdb = start_gdb(workshop, workshop.record(PROGRAMS / "reads_bytes"))
    gdb.do("break main")
    for _ in range(2):
        for command in ("reverse-stepi", "reverse-nexti", "reverse-step", "reverse-next", "reverse-continue"):
            assert NO_MORE.search(answer := gdb.do(command)), (command, answer)
            assert "_start" in gdb.do("info symbol $pc")
        assert "main ()" in gdb.do("continue")
        assert NO_MORE.search(gdb.do("reverse-continue"))
    gdb.quit()


def test_ctrl_c_ends_a_long_way_at_the_place_reached(workshop):
    gdb = start_gdb(workshop, workshop.record("awk", "BEGIN { while (i < 3000000) i++ }"), "-q")
    begun = time.monotonic()
    gdb.do("run end")
    whole = time.monotonic() - begun
    end = int(re.search(r"\d+", gdb.do("when-ticks"))[0])
    gdb.do("run 2")
    assert "Checkpoint 1" in gdb.do("checkpoint")
    place = end * 7 // 10  # the way to the end has left its first checkpoint behind it
    gdb.child.sendline(f"seek-ticks {place}")
    time.sleep(whole / 4)
    gdb.child.send("\x03")
    assert "SIGINT" in (stopped := gdb.wait_for_prompt()), stopped
    reached = int(re.search(r"\d+", gdb.do("when-ticks"))[0])
    assert 0 < reached < place
    state = gdb.do("info registers")
    gdb.do("stepi")
    gdb.do("restart 1")
    assert gdb.do("when") == "Completed event: 2"
    gdb.do(f"seek-ticks {reached}")
    assert gdb.do("info registers") == state
    gdb.quit()


def test_replay_begins_at_an_event_or_before_the_end(workshop):
    recording = workshop.record(PROGRAMS / "reads_bytes")
    frames = workshop.frames(recording)
    gdb = start_gdb(workshop, recording, "-g", "12")
    assert gdb.do("when") == "Completed event: 12"
    assert NO_MORE.search(gdb.do("reverse-continue"))
    gdb.quit()
    gdb = start_gdb(workshop, recording, "-e")
    assert gdb.do("when") == f"Completed event: {len(frames) - 1}"
    gdb.do("break add_bytes")
    assert "add_bytes" in gdb.do("reverse-continue")
    gdb.quit()


def test_what_is_mapped_later_is_met_going_back(workshop):
    """Going back begins at checkpoints that know neither library nor heap."""
    gdb = start_gdb(workshop, workshop.record(PROGRAMS / "reads_bytes"), "-e")
    gdb.do("break puts")
    assert "Breakpoint 1, " in gdb.do("reverse-continue")
    assert gdb.do("x/s $x0").endswith('"done"')
    place = gdb.do("when-ticks")
    assert NO_MORE.search(gdb.do("reverse-continue"))
    assert "_start" in gdb.do("info symbol $pc")
    assert "Breakpoint 1, " in gdb.do("continue")
    assert gdb.do("when-ticks") == place
    gdb.do("delete")
    # Code of the library's, which nothing but the mapping of its file has written.
    gdb.do("break main")
    gdb.do("reverse-continue")
    gdb.do("delete")
    code = int(re.search(r"= .*?(0x\w+)", gdb.do("print &puts"))[1], 16)
    gdb.do(f"watch *(int *) {code & ~3:#x}")
    stopped = gdb.do("reverse-continue")
    assert re.search(r"watchpoint \d+: .*Old value = -?[1-9].*New value = 0", stopped, re.S), stopped
    assert "mmap" in gdb.do("info symbol $pc")
    gdb.quit()


def memory_of(pids):
    """Of these processes together, in KiB; what some of them share counts once (Pss)."""
    return sum(int(re.search(r"^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])
               for pid in pids)


def go(client, packet):
    """Behind the program's end there is nothing to look at: back to its start."""
    if not client.do(packet).startswith("T"):
        client.run_to(2)


def random_command(client, last):
    """One of those that a person has, on what is there."""
    act = random.choice(["seek", "seek", "back", "step", "bc", "c", "watch", "checkpoint", "history",
                         "divert", "read"])
    if act == "seek":
        client.run_to(random.randrange(2, last))
    elif act == "back":
        go(client, "bs")
    elif act == "step":
        go(client, f"vCont;s:{client.thread()}")
    elif act in ("bc", "c"):
        client.break_at(client.pc())
        go(client, "bc" if act == "bc" else "vCont;c")
        client.clear()
    elif act == "watch":
        at = client.register(31) & ~7
        if client.do(f"Z2,{at:x},8") == "OK":
            go(client, random.choice(["bc", "vCont;c"]))
            client.do(f"z2,{at:x},8")
    elif act == "checkpoint":
        made = re.match(r"Checkpoint (\d+)", client.monitor("checkpoint"))
        assert made, "no checkpoint"
        client.run_to(random.randrange(2, last))
        client.run_to(f"c{made[1]}")
        client.monitor(f"delete-checkpoint {made[1]}")
    elif act == "history":
        go(client, "vRun;;" + random.choice(["@back", "@forward"]).encode().hex())
    elif act == "divert":
        assert client.do(f"P0={random.getrandbits(64):016x}") == "OK"
        client.step()
        client.monitor("end-diversion")
    else:
        client.read(client.register(31), 4096)


def test_nothing_is_left_over(workshop):
    """Processes, descriptors and memory stay few, whatever is done; none is there afterwards."""
    recording = workshop.record(PROGRAMS / "threads_hand_over")
    last = len(workshop.frames(recording)) - 1
    client = RemoteClient(workshop, recording.trace)
    pid = client.server.pid

    def counts():
        client.run_to(2)
        children = children_of(pid)
        return (len(children), len(os.listdir(f"/proc/{pid}/fd")), memory_of([pid, *children]))

    random.seed(1)
    try:
        client.run_to("end")
        for i in range(COMMANDS):
            if i == COMMANDS // 3:
                early = counts()
            random_command(client, last)
        late = counts()
    except BaseException:
        print("The last packets:", *client.recent, sep="\n")
        raise
    finally:
        client.close()
    print(f"{COMMANDS} commands: processes, descriptors, KiB {early}, at the end {late}")
    assert late[0] <= early[0] + 12 and late[1] <= early[1] + 80, (early, late)
    assert late[2] <= early[2] * 1.25, (early, late)
