"""Running a command as a step that passes or fails, with its output kept for the account."""

import subprocess
import tempfile
import time

from . import REPOSITORY
from .results import Result, excerpt


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def run(command, timeout=None, environment=None, log=None):
    """(exit code, output); a code of 124 says that it took longer than `timeout` seconds. `log` can
    be read while the command runs."""
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w+b") if log else tempfile.TemporaryFile() as output:
        try:
            code = subprocess.run([str(word) for word in command], cwd=REPOSITORY, env=environment,
                                  stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=subprocess.STDOUT, timeout=timeout,
                                  check=False).returncode
        except subprocess.TimeoutExpired:
            code = 124
        output.seek(0)
        return code, output.read().decode(errors="replace")


def step(name, command, **how):
    """A command as one test."""
    begun = time.monotonic()
    code, output = run(command, **how)
    seconds = time.monotonic() - begun
    if code == 0:
        return Result(name, "passed", "", seconds)
    return Result(name, "failed", f"{' '.join(map(str, command))}: exit code {code}\n"
                                  f"{excerpt(output)}", seconds)
