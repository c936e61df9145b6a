"""Our own terminal, raw while a shell in the guest has it, and its size."""

import contextlib
import os
import termios
import tty

KNOWN = ("xterm", "screen", "tmux", "linux", "vt")


def size():
    """(rows, columns)"""
    try:
        columns, rows = os.get_terminal_size(0)
    except OSError:
        return 24, 80
    return rows, columns


def kind():
    """TERM for the guest, which does not know every terminal there is."""
    name = os.environ.get("TERM", "")
    return name if name.startswith(KNOWN) else "xterm"


@contextlib.contextmanager
def raw():
    if not os.isatty(0):
        yield
        return
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
