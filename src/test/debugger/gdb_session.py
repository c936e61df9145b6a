"""A gdb at a terminal: type a command, get what it printed up to the next prompt."""

import re

import pexpect

PROMPT = "(at-rest) "
SETTINGS = ["set confirm off", "set pagination off", "set width 0", "set height 0",
            "set style enabled off", "set debuginfod enabled off", f"set prompt {PROMPT}"]


class Gdb:
    """`command` starts gdb with the file `settings` as its last script."""

    def __init__(self, command, environment, patience=150):
        self.child = pexpect.spawn(str(command[0]), [str(word) for word in command[1:]],
                                   env=dict(environment, TERM="dumb"), encoding="utf-8",
                                   codec_errors="replace", timeout=patience, echo=False,
                                   dimensions=(60, 400))
        self.child.delaybeforesend = None
        self.greeting = self.wait_for_prompt()

    def wait_for_prompt(self):
        self.child.expect_exact(PROMPT)
        return re.sub(r"\x1b\[\?2004[hl]\r?|\r", "", self.child.before).strip()

    def do(self, line):
        self.child.sendline(line)
        return self.wait_for_prompt()

    def number(self, expression):
        """The value of an expression, as a number."""
        answer = self.do(f"output/x {expression}")
        assert re.fullmatch(r"0x[0-9a-f]+", answer), answer
        return int(answer, 16)

    def quit(self):
        """The exit code of what was started."""
        self.child.sendline("quit")
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


def write_settings(folder):
    path = folder / "settings.gdb"
    path.write_text("\n".join(SETTINGS) + "\n")
    return path
