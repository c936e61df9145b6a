"""rr's commands on recordings from Arm, on any host. RR is the program; RR_TRACES the golden recordings."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RR = os.environ.get("RR") or shutil.which("rr")
TRACES = Path(__file__).resolve().parent.parent / "traces"


class Shelf:
    """A save directory with a copy of the golden recordings."""

    def __init__(self, folder):
        self.folder = folder
        self.save = folder / "save"
        shutil.copytree(TRACES, self.save)
        # git keeps no empty folders and no modes.
        self.environment = dict(os.environ, _RR_TRACE_DIR=str(self.save), LC_ALL="C.UTF-8")
        self.environment.pop("RUNNING_UNDER_RR", None)
        for name in ("RR_LOG", "RR_LOG_FILE", "RR_APPEND_LOG_FILE"):
            self.environment.pop(name, None)

    def rr(self, *words, code=0, environment=None, **how):
        done = subprocess.run([RR, *map(str, words)], capture_output=True, text=True, timeout=60,
                              check=False, cwd=self.folder, errors="surrogateescape",
                              env={**self.environment, **(environment or {})}, **how)
        assert code is None or done.returncode == code, (words, done)
        return done


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)
