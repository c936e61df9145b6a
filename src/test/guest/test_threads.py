"""Programs of Debian that have threads, recorded and replayed exactly."""

import pytest

from recording import PROGRAMS, needs_counter

PYTHON = """
import asyncio, concurrent.futures, queue, threading
values = queue.Queue()
def fill(i):
    for k in range(100): values.put((i, k))
threads = [threading.Thread(target=fill, args=(i,)) for i in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(values.qsize(), sum(pool.map(lambda x: x * x, range(100))))
async def echo(i):
    process = await asyncio.create_subprocess_exec("echo", str(i), stdout=asyncio.subprocess.PIPE)
    return (await process.communicate())[0]
async def main():
    print(await asyncio.gather(*(echo(i) for i in range(3))))
asyncio.run(main())
"""

NODE = """
const {Worker, isMainThread, parentPort, workerData} = require('worker_threads');
if (isMainThread) {
  for (let i = 0; i < 2; ++i)
    new Worker(__filename, {workerData: i}).on('message', sum => console.log(sum));
} else {
  let sum = 0;
  for (let i = 0; i < 100000; ++i) sum = (sum * 31 + i + workerData) | 0;
  parentPort.postMessage(sum);
}
"""

REDIS = """
redis-server --port 0 --unixsocket redis.sock --save "" > /dev/null & server=$!
for i in 1 2 3 4 5 6 7 8 9 10; do [ -S redis.sock ] && break; sleep 0.1; done
redis-benchmark -s redis.sock -n 50 -c 3 -t set,get -q | wc -l
redis-cli -s redis.sock shutdown nosave; wait $server
"""


def expect_replay(workshop, recording, code=0):
    assert recording.output.code == code, recording.output
    workshop.expect_exact_replay(recording)


@pytest.mark.sampled
@pytest.mark.slow
def test_xz_with_two_threads(workshop):
    with open("/usr/bin/python3", "rb") as source:
        (workshop.folder / "blob").write_bytes(source.read(600_000))
    recording = workshop.record("xz", "-1", "-T2", "--block-size=200000", "-k", "-c", "blob")
    assert recording.output.stdout == workshop.run("xz", "-1", "-T2", "--block-size=200000", "-k",
                                                   "-c", "blob").stdout
    expect_replay(workshop, recording)


@pytest.mark.sampled
@pytest.mark.slow
def test_python_with_threads_pools_and_asyncio(workshop):
    recording = workshop.record("python3", "-c", PYTHON)
    assert recording.output.text.splitlines()[0] == f"400 {sum(x * x for x in range(100))}"
    expect_replay(workshop, recording)


@pytest.mark.slow
def test_node_with_worker_threads(workshop):
    (workshop.folder / "workers.js").write_text(NODE)
    recording = workshop.record("node", "workers.js")
    assert len(recording.output.text.splitlines()) == 2, recording.output
    expect_replay(workshop, recording)


@pytest.mark.slow
def test_redis_under_its_benchmark(workshop):
    expect_replay(workshop, workshop.record("sh", "-c", REDIS))


@pytest.mark.slow
def test_make_with_four_jobs(workshop):
    (workshop.folder / "Makefile").write_text("all: a b c d\na b c d:\n\t@echo $@ > $@.o; cat $@.o\n")
    recording = workshop.record("make", "-j4")
    assert sorted(recording.output.text.split()) == list("abcd")
    expect_replay(workshop, recording)


@pytest.mark.slow
@pytest.mark.parametrize("stressor, count", [("cpu", 2), ("pthread", 2), ("pipe", 2), ("fork", 2),
                                             ("futex", 1), ("signal", 2), ("timer", 2)])
def test_stress_ng(workshop, stressor, count):
    expect_replay(workshop, workshop.record("stress-ng", f"--{stressor}", str(count),
                                            f"--{stressor}-ops", "10", "--seed", "1"))


@needs_counter
@pytest.mark.slow
def test_openssl_speed(workshop):
    """Counts until an alarm comes."""
    recording = workshop.record("openssl", "speed", "-seconds", "1", "-bytes", "64", "sha256")
    assert "sha256" in recording.output.text
    expect_replay(workshop, recording)


@pytest.mark.slow
def test_a_static_go_program(workshop):
    recording = workshop.record("peco", "--help")
    assert "Usage: peco" in recording.output.text + recording.output.error
    expect_replay(workshop, recording)


@pytest.mark.slow
def test_racy_threads_are_replayed_as_they_raced(workshop):
    """Threads that take from each other what they can get, under many orders."""
    for seed in range(1, 6):
        for bug in ("aba", "free"):
            recording = workshop.record(PROGRAMS / "races_static", bug,
                                        options=[f"--chaos-seed={seed}"])
            workshop.expect_exact_replay(recording)
