"""What scripts/test is made of: builds, host tests, cells of the emulated machine, the account."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build"
