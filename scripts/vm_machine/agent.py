"""The guest's first process, cross-compiled from guest/*.c."""

import shutil
import subprocess
from pathlib import Path

from . import cache, cpio

FOLDER = Path(__file__).parent / "guest"
COMPILER = "aarch64-linux-gnu-gcc"
FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-static", "-s", "-Wall", "-Wextra", "-Werror"]


def sources():
    return sorted([*FOLDER.glob("*.c"), *FOLDER.glob("*.h")])


def get():
    """An initramfs that holds nothing but the agent and the folders it needs."""
    return cache.make("agent", cache.digest(FLAGS, Path(__file__), *sources()), build) / "agent.cpio"


def build(work):
    if not shutil.which(COMPILER):
        raise FileNotFoundError(f"no {COMPILER} (run scripts/setup)")
    files = [path for path in sources() if path.suffix == ".c"]
    top = work / "top"
    for folder in ("dev", "proc", "sys", "root"):
        (top / folder).mkdir(parents=True)
    subprocess.run([COMPILER, *FLAGS, *files, "-o", top / "init"], check=True)
    cpio.pack(top, work / "agent.cpio")
