"""Carries a command's stdin, stdout, stderr, window size and exit status between us and the guest.

guest/agent.h has the frames. stdout and stderr travel raw, each on its own port; the exit frame
says how many bytes of each there were, so nothing is lost and nothing is waited for in vain.
"""

import os
import select
import signal
import struct
import sys
import time
from dataclasses import dataclass, field

from . import machine, terminal

TIMED_OUT = 124      # as timeout(1)
MACHINE_FAILED = 125
CHUNK = 32 * 1024
HEADER = struct.Struct("<cI")
ESCAPE = b"\x1d" * 3   # Ctrl-] typed three times ends a shell's machine


@dataclass
class Command:
    arguments: list
    environment: dict = field(default_factory=dict)
    directory: str | None = None
    user: bool = False
    timeout: float | None = None
    terminal: tuple | None = None   # (rows, columns)
    forward: object = None          # forward.Forward


class Interrupted(Exception):
    def __init__(self, number):
        self.number = number


def frame(kind, payload=b""):
    return HEADER.pack(kind, len(payload)) + payload


def default_environment(command):
    home, name = ("/home/user", "user") if command.user else ("/root", "root")
    path = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
    return {"PATH": path, "HOME": home, "USER": name, "LOGNAME": name, "SHELL": "/bin/bash",
            "LANG": "C.UTF-8", "TERM": "dumb", **command.environment}


def config_frame(settings, command):
    items = [("arg", text) for text in command.arguments]
    items += [("env", f"{name}={text}") for name, text in default_environment(command).items()]
    if command.directory:
        items.append(("directory", command.directory))
    items += [(name, "1") for name, wanted in (("user", command.user), ("share", settings.share),
                                              ("build", settings.build)) if wanted]
    if command.terminal:
        rows, columns = command.terminal
        items += [("terminal", "1"), ("rows", str(rows)), ("columns", str(columns))]
    if command.forward:
        items.append(("forward", str(command.forward.guest_port)))
    text = b"".join(os.fsencode(f"{key}={value}") + b"\0" for key, value in items)
    return frame(b"C", text)


def run(settings, command, stdin=0, stdout=1, stderr=2):
    """Runs a command in a new guest and returns its exit status.

    stdin: a descriptor, or None for an empty one.
    """
    def interrupt(number, _):
        raise Interrupted(number)

    names = ["control", "stdin", "stdout", "stderr"] + (["forward"] if command.forward else [])
    previous = {number: signal.signal(number, interrupt)
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    guest = None
    try:
        guest = machine.Machine(settings, names)
        return Carrier(guest, settings, command, stdin, stdout, stderr).carry()
    except Interrupted as interrupted:
        return 128 + interrupted.number
    finally:
        for number in previous:
            signal.signal(number, signal.SIG_IGN)
        if guest:
            guest.close()
        for number, handler in previous.items():
            signal.signal(number, handler)


class Carrier:
    """One poll loop over everything."""

    def __init__(self, guest, settings, command, stdin, stdout, stderr):
        self.guest = guest
        self.command = command
        self.deadline = None if command.timeout is None else time.monotonic() + command.timeout
        self.to = {"stdout": stdout, "stderr": stderr}
        self.carried = {"stdout": 0, "stderr": 0}
        self.expected = None       # once the command has ended: bytes of each
        self.status = None
        self.failure = None
        self.inbox = bytearray()
        self.outbox = {"control": bytearray(config_frame(settings, command)), "stdin": bytearray()}
        self.stdin = stdin
        self.typed = b""
        self.wakeup = None
        if command.terminal:
            self.watch_window_size()
        for end in guest.ports.values():
            end.setblocking(False)
        if stdin is None:
            self.end_stdin()

    def end_stdin(self):
        self.stdin = None
        # A terminal has no end; it has a character that says so.
        self.outbox["stdin"] += frame(b"D", b"\4") if self.command.terminal else frame(b"E")

    def carry(self):
        while not self.finished():
            if self.failure:
                sys.stderr.write(f"vm: {self.failure}\n{self.guest.last_words()}\n")
                return MACHINE_FAILED
            if self.deadline is not None and time.monotonic() >= self.deadline:
                sys.stderr.write(f"vm: timed out after {self.command.timeout:g} s\n")
                return TIMED_OUT
            self.turn()
        return self.status

    def finished(self):
        return self.expected is not None and self.expected == self.carried

    def turn(self):
        poll = select.poll()
        handlers = {}

        def watch(descriptor, events, handler):
            if handler and descriptor in handlers:
                handlers[descriptor].append(handler)
            else:
                handlers[descriptor] = [handler]
            poll.register(descriptor, events)

        ports = self.guest.ports
        for name in ("stdout", "stderr"):
            if self.to[name] is not None:
                watch(ports[name].fileno(), select.POLLIN, lambda n=name: self.carry_output(n))
        watch(ports["control"].fileno(),
              select.POLLIN | (select.POLLOUT if self.outbox["control"] else 0), self.carry_control)
        if self.outbox["stdin"]:
            watch(ports["stdin"].fileno(), select.POLLOUT, lambda: self.send("stdin"))
        elif self.stdin is not None:
            watch(self.stdin, select.POLLIN, self.carry_input)
        if self.wakeup is not None:
            watch(self.wakeup, select.POLLIN, lambda: os.read(self.wakeup, 100))
        if self.command.forward:
            self.command.forward.watch(watch, ports["forward"])
        wait = None
        if self.deadline is not None:
            wait = max(0, self.deadline - time.monotonic()) * 1000
        for descriptor, _ in poll.poll(wait):
            for handler in handlers[descriptor]:
                handler()

    def carry_output(self, name):
        try:
            data = self.guest.ports[name].recv(CHUNK * 8)
        except BlockingIOError:
            return
        if not data:
            self.machine_ended()
            return
        self.carried[name] += len(data)
        try:
            write_fully(self.to[name], data)
        except BrokenPipeError:
            raise Interrupted(signal.SIGPIPE) from None

    def machine_ended(self):
        if self.expected is None or self.expected != self.carried:
            self.failure = "the machine stopped before the command ended"

    def carry_input(self):
        try:
            data = os.read(self.stdin, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.outbox["stdin"] += frame(b"D", data)
        else:
            self.end_stdin()
        if self.command.terminal:
            self.typed = (self.typed + data)[-len(ESCAPE):]
            if self.typed == ESCAPE:
                raise Interrupted(signal.SIGTERM)

    def send(self, name):
        try:
            sent = self.guest.ports[name].send(self.outbox[name])
            del self.outbox[name][:sent]
        except BlockingIOError:
            pass
        except OSError:
            self.outbox[name].clear()
            self.stdin = None

    def carry_control(self):
        if self.outbox["control"]:
            self.send("control")
        try:
            data = self.guest.ports["control"].recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.machine_ended()
            return
        self.inbox += data
        while len(self.inbox) >= HEADER.size:
            kind, length = HEADER.unpack_from(self.inbox)
            if len(self.inbox) < HEADER.size + length:
                return
            payload = bytes(self.inbox[HEADER.size:HEADER.size + length])
            del self.inbox[:HEADER.size + length]
            self.take(kind, payload)

    def take(self, kind, payload):
        if kind == b"X":
            self.status, out, err = struct.unpack("<3Q", payload)
            self.expected = {"stdout": out, "stderr": err}
        elif kind == b"T":
            self.failure = "the guest says: " + payload.decode(errors="replace")

    def watch_window_size(self):
        def resize(*_):
            self.outbox["control"] += frame(b"W", struct.pack("<HH", *terminal.size()))

        signal.signal(signal.SIGWINCH, resize)
        self.wakeup, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)


def write_fully(descriptor, data):
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view):]
        except BlockingIOError:
            select.select([], [descriptor], [])
