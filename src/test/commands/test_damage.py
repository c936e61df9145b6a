"""Recordings damaged at random: every command reads them, refuses them by name, or says how much is
lost; none crashes or hangs. RR_FUZZ_ROUNDS and RR_FUZZ_SEED as for the other randomised tests."""

import os
import random
import shutil

from conftest import TRACES

# A round starts four processes.
ROUNDS = max(20, int(os.environ.get("RR_FUZZ_ROUNDS", "5000")) // 50)
SEED = int(os.environ.get("RR_FUZZ_SEED", "1"))
GOLDEN = sorted(path for path in TRACES.iterdir() if path.is_dir())
COMMANDS = (["dump", "--json", "-r", "-m"], ["ps"], ["traceinfo"], ["sources"], ["pack"])


def damage(chance, folder):
    """Changes a file of the recording: a flipped bit, a cut, a piece from elsewhere, or nothing."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    path = chance.choice(files)
    contents = bytearray(path.read_bytes())
    path.chmod(0o600)
    for _ in range(chance.randint(1, 4)):
        if not contents:
            break
        at = chance.randrange(len(contents))
        kind = chance.randrange(4)
        if kind == 0:
            contents[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del contents[at:]
        elif kind == 2:
            piece = contents[at:at + chance.randint(1, 64)]
            place = chance.randrange(len(contents))
            contents[place:place + len(piece)] = piece
        else:
            contents[at:at + 4] = chance.choice([b"\xff" * 4, bytes(4), b"\x00\x00\x00\x80"])
    path.write_bytes(contents)
    if chance.randrange(4) == 0 and (folder / "version").exists():
        (folder / "version").rename(folder / "incomplete")


def test_damaged_recordings_never_crash_a_command(shelf):
    chance = random.Random(SEED)
    codes = set()
    for _ in range(ROUNDS):
        folder = shelf.save / "damaged"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(chance.choice(GOLDEN), folder)
        damage(chance, folder)
        for command in chance.sample(COMMANDS, 3):
            done = shelf.rr(*command, folder, code=None)
            assert done.returncode in (0, 1, 65, 74), (command, done)
            assert done.returncode == 0 or done.stderr.startswith("rr: "), (command, done)
            codes.add(done.returncode)
    assert {0, 65} <= codes
