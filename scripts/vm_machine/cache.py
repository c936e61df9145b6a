"""The cache folder: things made once, named by a hash of what they were made from.

A thing is made in a folder beside its place and renamed when it is whole, under a lock, so two
runs at once, and a run that is killed, leave either nothing or a good one.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import sys


def folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = pathlib.Path(base) / "rr-aarch64"
    path.mkdir(parents=True, exist_ok=True)
    return path


def digest(*parts):
    """A short hash of strings, lists, dicts and the contents of files (given as Paths)."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, pathlib.Path) else repr(part).encode()
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:12]


def say(text):
    print(f"vm: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked(name):
    with open(folder() / f".lock-{name}", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that is making {name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(kind, key, maker):
    """Returns the folder KIND-KEY, made by maker(empty folder) if it is not there yet.

    Only the newest few of a kind are kept: `keep` older ones stay for other clones.
    """
    place = folder() / f"{kind}-{key}"
    if place.is_dir():
        os.utime(place)
        return place
    with locked(kind):
        if place.is_dir():
            return place
        work = folder() / f".making-{kind}-{key}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            maker(work)
            work.rename(place)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        discard_old(kind, keep=3)
    return place


def discard_old(kind, keep):
    made = [path for path in folder().iterdir() if is_made(path.name, kind)]
    made.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in made[keep:]:
        shutil.rmtree(path, ignore_errors=True)


def is_made(name, kind):
    head, _, key = name.rpartition("-")
    return head == kind and len(key) == 12
