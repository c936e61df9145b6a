"""Runs in the machine: see scripts/bench_time_travel."""

import random
import re
import statistics
import tempfile
import time
from pathlib import Path

from recording import Workshop
from remote_client import RemoteClient

WORKLOADS = {
    "sqlite3": ["sqlite3", ":memory:", "create table t(a,b); with recursive c(i) as (select 1 union all select i+1 "
                "from c where i < 130000) insert into t select i, hex(i*7919) from c; create index x on t(b); "
                "select sum(length(b)) from t where b > '4';"],
    "python3": ["python3", "-S", "-c", "d = {}\nfor i in range(400000): d[i % 5000] = str(i * i)\nprint(len(d))"],
    "xz, two threads": ["sh", "-c", "head -c 3000000 /usr/bin/python3.11 | xz -T2 --block-size=1000000 | wc -c"],
}

# What its places are counted in: ticks of the thread, or events where threads take turns and each does a part.
BY_EVENTS = {"xz, two threads"}
PARTS = (75, 50, 25)  # of the recording, gone to one after the other


def timed(act):
    before = time.monotonic()
    act()
    return time.monotonic() - before


def number(text):
    return int(re.search(r"\d+", text)[0])


def warm_seeks(client, unit, end, place):
    """The longest of five short ones before a place, and how long the way there took."""
    way = timed(lambda: client.run_to(f"{unit}{place}"))
    seeks = [timed(lambda: client.run_to(f"{unit}{place - random.randrange(end // 200)}")) for _ in range(5)]
    return max(seeks), way


def measure(name, command):
    workshop = Workshop(Path(tempfile.mkdtemp(dir="/tmp")))
    native = timed(lambda: workshop.run(*command))
    recording = workshop.record(*command)
    assert recording.output.code == 0, recording.output.error
    full = timed(lambda: workshop.replay(recording))
    client = RemoteClient(workshop, recording.trace)
    cold = timed(lambda: client.run_to("end"))
    unit, asked = ("", "when") if name in BY_EVENTS else ("t", "when-ticks")
    end = number(client.monitor(asked))
    random.seed(1)
    client.run_to(f"{unit}{end - end // 200}")
    spot = client.pc()
    client.run_to("end")
    client.break_at(spot)
    hit = timed(lambda: client.do("bc"))
    client.clear()
    first_step = timed(lambda: client.do("bs"))
    steps = [timed(lambda: client.do("bs")) for _ in range(20)]
    here = number(client.monitor(asked))
    near_end, _ = warm_seeks(client, unit, end, here)
    warm = [warm_seeks(client, unit, end, end * part // 100) for part in PARTS]
    one = timed(lambda: client.monitor("checkpoint"))
    sizes = [int(kib) for kib in re.findall(r"(\d+) KiB", client.monitor("checkpoints"))]
    client.close()
    share = lambda seconds: f"{seconds * 1000:.0f} ({100 * seconds / full:.1f} %)"
    print(f"| {name} | {native * 1000:.0f} | {full * 1000:.0f} | {share(cold)} | {share(hit)} | {share(first_step)} | "
          f"{share(statistics.median(steps))} | {share(near_end)} | {one * 1000:.1f} | {len(sizes)} | "
          f"{sum(sizes) // len(sizes)} |", flush=True)
    return f"| {name} | " + " | ".join(f"{share(way)}, {share(seek)}" for seek, way in warm) + " |"


print("| recording | native | replay -a | cold seek to the end | reverse-continue, last 1 % | first reverse-stepi | "
      "later ones | warm seek | a checkpoint | checkpoints | KiB each |")
print("|---" * 11 + "|")
elsewhere = [measure(workload, words) for workload, words in WORKLOADS.items()]
print("\n| from the end, then about there | " + " | ".join(f"{part} %" for part in PARTS) + " |\n" + "|---" * (len(PARTS) + 1) + "|")
print(*elsewhere, sep="\n")
