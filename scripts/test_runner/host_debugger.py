"""A debugger on this host, connected through a forwarded port to `rr replay -s` in the guest."""

import re
import shutil
import socket
import subprocess
import time

from . import BUILD, REPOSITORY
from .results import Result, excerpt

NAME = "host-gdb::forwarded_port.break_and_run_to_the_end"
PROGRAM = BUILD / "aarch64/programs/reads_bytes"
PATIENCE = 400
GUEST = "cd /tmp && rr record /build/programs/reads_bytes && exec rr replay -s 1234"
COMMANDS = ["set tcp connect-timeout 200", "set remotetimeout 60",
            "target extended-remote 127.0.0.1:{port}", "break add_bytes", "continue", "backtrace",
            "delete", "continue"]
FORMS = [r"Breakpoint 1, add_bytes \(", r"#1 +0x\w+ in main \(\)", r"exited normally"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def debug(port):
    command = ["gdb-multiarch", "-nx", "-q", "-batch"]
    for line in COMMANDS:
        command += ["-ex", line.format(port=port)]
    return subprocess.run([*command, str(PROGRAM)], stdin=subprocess.DEVNULL, timeout=PATIENCE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False).stdout


def run(pattern=""):
    if pattern.lower() not in NAME:
        return []
    if not shutil.which("gdb-multiarch"):
        return [Result(NAME, "skipped", "there is no gdb-multiarch on this host")]
    begun = time.monotonic()
    port = free_port()
    guest = subprocess.Popen([str(REPOSITORY / "scripts/vm"), "run", "--forward", f"{port}:1234",
                              "--timeout", str(PATIENCE), "--", "bash", "-c", GUEST],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    try:
        said = debug(port)
    except subprocess.TimeoutExpired as expired:
        said = f"gdb did not come to an end\n{expired.stdout}"
    try:
        guest_said = guest.communicate(timeout=20)[0]
    except subprocess.TimeoutExpired:
        guest.kill()
        guest_said = guest.communicate()[0]
    missing = [form for form in FORMS if not re.search(form, said)]
    detail = excerpt(f"gdb did not say {missing}\n{said}\nThe guest:\n{guest_said.decode()}")
    outcome = "failed" if missing else "passed"
    return [Result(NAME, outcome, detail if missing else "", time.monotonic() - begun)]
