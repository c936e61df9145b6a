"""What editors drive: gdb's machine interface, and its DAP server."""

import json
import re
import subprocess

import pytest

from recording import PROGRAMS, TICKS


def converse(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()


def read_until(process, form):
    seen = []
    for line in process.stdout:
        seen.append(line)
        if re.search(form, line):
            return "".join(seen)
    raise AssertionError(f"no {form} in:\n" + "".join(seen))


@pytest.fixture
def recording(workshop):
    return workshop.record(PROGRAMS / "reads_bytes")


@pytest.mark.sampled
@pytest.mark.slow
def test_a_session_through_the_machine_interface(workshop, recording):
    process = subprocess.Popen(["rr", "replay", "-q", "-i=mi", recording.trace], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env=workshop.environment)
    try:
        converse(process, "1-break-insert add_bytes")
        assert 'func="add_bytes"' in read_until(process, r"^1\^")
        converse(process, "2-exec-continue")
        assert 'reason="breakpoint-hit"' in read_until(process, r"^\*stopped")
        converse(process, "3-stack-list-variables --simple-values")
        assert 'name="count"' in read_until(process, r"^3\^done")
        converse(process, '4-data-evaluate-expression "&total->count"')
        cell = re.search(r'value="(0x[0-9a-f]+)"', read_until(process, r"^4\^done"))[1]
        converse(process, f'5-break-watch "*(int*){cell}"')
        assert "wpt={" in read_until(process, r"^5\^done")
        converse(process, "6-exec-continue")
        stopped = read_until(process, r"^\*stopped")
        assert 'reason="watchpoint-trigger"' in stopped and 'new="1"' in stopped, stopped
        assert 'type="hw watchpoint"' in stopped, stopped
        converse(process, "7-break-delete 2")
        converse(process, "8-exec-finish")
        finished = read_until(process, r"^\*stopped")
        assert 'reason="function-finished"' in finished, finished
        assert 'return-value="64"' in finished, finished
        if TICKS != "none":  # only a counter tells places apart that were passed twice
            converse(process, "9-exec-continue --reverse")
            assert 'reason="breakpoint-hit"' in read_until(process, r"^\*stopped")
        converse(process, "10-break-delete")
        if TICKS != "none":
            converse(process, "11-exec-continue")
            # gdb 13 gives no reason here.
            assert re.search('No more reverse-execution history|reason="no-history"',
                             read_until(process, r"^\*stopped"))
        converse(process, "12-exec-continue")
        assert 'reason="exited-normally"' in read_until(process, r"^\*stopped")
        converse(process, "13-gdb-exit")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


class Dap:
    """gdb's server of the debug adapter protocol: messages of JSON with a length before them."""

    def __init__(self, process):
        self.process = process
        self.count = 0

    def read(self):
        header = self.process.stdout.readline()
        while header and not header.lower().startswith(b"content-length:"):
            header = self.process.stdout.readline()
        assert header, "the server is gone"
        length = int(header.split(b":")[1])
        while self.process.stdout.readline().strip():
            pass
        return json.loads(self.process.stdout.read(length))

    def send(self, command, **arguments):
        self.count += 1
        text = json.dumps({"seq": self.count, "type": "request", "command": command,
                           "arguments": arguments}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self.process.stdin.flush()
        return self.count

    def wait_for(self, wanted):
        while not wanted(message := self.read()):
            pass
        return message

    def ask(self, command, **arguments):
        number = self.send(command, **arguments)
        answer = self.wait_for(lambda m: m["type"] == "response" and m["request_seq"] == number)
        assert answer["success"], answer
        return answer.get("body")

    def event(self, name):
        return self.wait_for(lambda m: m["type"] == "event" and m["event"] == name)


@pytest.mark.sampled
def test_a_session_through_the_debug_adapter_protocol(workshop, recording):
    version = subprocess.run(["gdb", "--version"], capture_output=True, text=True).stdout
    if int(re.search(r"(\d+)\.\d+", version)[1]) < 14:
        pytest.skip("this gdb has no DAP server")
    server = subprocess.Popen(["rr", "replay", "-q", "-s", "2345", recording.trace],
                              env=workshop.environment, stderr=subprocess.PIPE, text=True)
    assert "2345" in server.stderr.readline()
    process = subprocess.Popen(["gdb", "-q", "-nx", "-i=dap"], env=workshop.environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        dap = Dap(process)
        dap.ask("initialize", adapterID="test", clientID="test")
        attaching = dap.send("attach", program=str(PROGRAMS / "reads_bytes"),
                             target="127.0.0.1:2345")
        dap.event("initialized")
        points = dap.ask("setFunctionBreakpoints", breakpoints=[{"name": "add_bytes"}])
        assert len(points["breakpoints"]) == 1, points
        dap.send("configurationDone")
        dap.wait_for(lambda m: m["type"] == "response" and m["request_seq"] == attaching)
        threads = dap.ask("threads")["threads"]
        dap.send("continue", threadId=threads[0]["id"])
        stopped = dap.wait_for(lambda m: m.get("event") == "stopped"
                               and m["body"]["reason"] in ("breakpoint", "function breakpoint"))
        frames = dap.ask("stackTrace", threadId=stopped["body"]["threadId"])["stackFrames"]
        assert [frame["name"] for frame in frames[:2]] == ["add_bytes", "main"], frames
        value = dap.ask("evaluate", expression="count", frameId=frames[0]["id"], context="watch")
        assert value["result"] == "64", value
    finally:
        process.kill()
        process.wait()
        server.kill()
        server.wait()
