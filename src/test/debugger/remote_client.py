"""The debugger's side of the remote protocol, without a debugger: for tests that take thousands of steps."""

import collections
import re
import socket
import subprocess
import time

CPSR_AT = 33 * 8  # in the reply to g: behind x0 to x30, sp and pc


def joined(mappings):
    """The heap that has grown behind a fork (of a checkpoint, say) is two mappings with the same access, which the
    kernel would otherwise have made one (is_mergeable_anon_vma, mm/vma.c, 6.12)."""
    result = []
    for start, end, flags in mappings:
        if result and result[-1][1:] == (start, flags):
            start = result.pop()[0]
        result.append((start, end, flags))
    return result


class RemoteClient:
    """`rr replay -s SOCKET` on a recording, and a connection to it."""

    def __init__(self, workshop, trace, *options):
        path = workshop.folder / f"socket-{workshop.count}-{time.monotonic_ns()}"
        self.server = subprocess.Popen(["rr", "replay", "-q", "-s", str(path), *options, str(trace)],
                                       env=workshop.environment, stderr=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, text=True)
        assert "Waiting" in self.server.stderr.readline()
        self.line = socket.socket(socket.AF_UNIX)
        self.line.settimeout(60)
        self.line.connect(str(path))
        self.pending = b""
        self.acknowledged = True
        self.recent = collections.deque(maxlen=60)  # packets and replies, for who looks for a cause
        self.do("qSupported:multiprocess+;swbreak+;hwbreak+;fork-events+;vfork-events+;exec-events+;error-message+")
        self.do("QStartNoAckMode")
        self.acknowledged = False
        self.breakpoints = set()

    def do(self, packet):
        reply = self.exchange(packet)
        self.recent.append(f"{packet[:100]} -> {reply[:100]} {self.console[:200]}")
        return reply

    def exchange(self, packet):
        body = packet.encode("latin-1")
        self.line.sendall(b"$%s#%02x" % (body, sum(body) & 0xff))
        self.console = ""
        reply = self.receive()
        while reply.startswith("O") and reply != "OK":
            self.console += bytes.fromhex(reply[1:]).decode()
            reply = self.receive()
        return reply

    def receive(self):
        while True:
            found = re.search(rb"\$([^#]*)#..", self.pending, re.S)
            if found:
                self.pending = self.pending[found.end():]
                if self.acknowledged:
                    self.line.sendall(b"+")
                return found[1].decode("latin-1")
            data = self.line.recv(1 << 16)
            assert data, f"the server is gone: {self.server.stderr.read()}"
            self.pending += data

    def monitor(self, command):
        reply = self.do("qRcmd," + command.encode().hex())
        return (self.console + bytes.fromhex(reply).decode()).strip()

    def run_to(self, place):
        reply = self.do("vRun;;" + f"@{place}".encode().hex())
        assert reply.startswith("T05"), reply
        refusal = self.do("qRcmd," + b"refusal".hex())
        assert refusal == "OK", bytes.fromhex(refusal).decode()
        self.breakpoints.clear()
        return reply

    def thread(self):
        return self.do("qC")[2:]

    def step(self):
        return self.do(f"vCont;s:{self.thread()}")

    def registers(self):
        return self.do("g")

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.do(f"p{number:x}")), "little")

    def pc(self):
        return self.register(32)

    def read(self, address, size):
        reply = self.do(f"m{address:x},{size:x}")
        return b"" if reply.startswith("E") else bytes.fromhex(reply)

    def break_at(self, address):
        assert self.do(f"Z0,{address:x},4") == "OK"
        self.breakpoints.add(address)

    def clear(self):
        for address in self.breakpoints:
            self.do(f"z0,{address:x},4")
        self.breakpoints.clear()

    def mappings(self):
        name = "/proc/{}/maps".format(int(self.thread()[1:].split(".")[0], 16))
        opened = self.do(f"vFile:open:{name.encode().hex()},0,0")
        handle = opened[1:].split(",")[0]
        text = self.do(f"vFile:pread:{handle},8000,0").partition(";")[2]
        self.do(f"vFile:close:{handle}")
        return [(int(a, 16), int(b, 16), flags) for a, b, flags in
                re.findall(r"^([0-9a-f]+)-([0-9a-f]+) (\S+)", text, re.M)]

    def place(self):
        return self.monitor("when"), self.monitor("when-ticks")

    def state(self):
        """What a mark stands for: registers, and checksums of all that is writable."""
        memory = []
        for start, end, flags in joined(self.mappings()):
            if "w" in flags:
                memory.append(self.do(f"qCRC:{start:x},{end - start:x}"))
        assert all(checksum.startswith("C") for checksum in memory), memory
        registers = bytearray.fromhex(self.registers())
        # PSTATE.SS tells how the thread was resumed last (docs/KERNEL_QUIRKS.md, step-flag).
        registers[CPSR_AT + 2] &= ~0x20 & 0xff
        return registers.hex(), memory

    def close(self):
        self.line.close()
        self.server.kill()
        self.server.wait()
        self.server.stderr.close()
