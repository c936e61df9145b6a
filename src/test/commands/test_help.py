"""Help, manual pages and completion say the same, because they have one source."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import RR

COMMANDS = [line.split()[0] for line in
            subprocess.run([RR, "-L"], capture_output=True, text=True, check=True).stdout.splitlines()]


is_recorded_cpu = os.uname().machine == "aarch64"


def options_in(help_text):
    """The option names at the beginning of the help's lines."""
    names = set()
    for line in help_text.splitlines():
        found = re.match(r"  (-[\w-]+(?:,-[\w-]+)*)", line)
        names.update(found.group(1).split(",") if found else [])
    return names


def manual_text(shelf, *command):
    return shelf.rr("help", "--man", *command).stdout.replace("\\-", "-")


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_option_of_the_help_is_in_manual_and_completion(shelf, command):
    words = [command] if command else []
    options = options_in(shelf.rr("help", *words).stdout)
    assert "--help" in options
    assert options == options_in(shelf.rr(*words, "--help").stdout)
    manual = manual_text(shelf, *words)
    completion = shelf.rr("help", "--bash-completion").stdout
    case = re.search(rf"^    {command or repr('')}\) options='([^']*)'", completion, re.M).group(1)
    assert options == set(case.split())
    for option in options:
        assert f"\\fB{option}\\fR" in manual, option


def test_every_command_is_in_help_manual_and_completion(shelf):
    for text in (shelf.rr("--help").stdout, manual_text(shelf),
                 shelf.rr("help", "--bash-completion").stdout):
        for command in COMMANDS:
            assert re.search(rf"\b{command}\b", text), command


def complete(shelf, *words):
    script = shelf.folder / "completion"
    script.write_text(shelf.rr("help", "--bash-completion").stdout)
    quoted = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(
        ["bash", "--norc", "-c", f"rr() {{ '{RR}' \"$@\"; }}; complete() {{ :; }}; source {script}; "
         f"COMP_WORDS=(rr {quoted}); COMP_CWORD={len(words)}; _rr; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
        capture_output=True, text=True, env=shelf.environment, cwd=shelf.folder, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_completion_in_bash(shelf):
    recordings = set(shelf.rr("ls").stdout.split())
    assert complete(shelf, "trac") >= {"traceinfo"}
    assert complete(shelf, "dump", "--js") == {"--json"}
    assert complete(shelf, "dump", "") >= recordings
    assert complete(shelf, "help", "rec") == {"record"}
    assert "true" in complete(shelf, "record", "tru")
    if is_recorded_cpu:
        assert complete(shelf, "replay", "") >= recordings
        assert complete(shelf, "replay", "--auto") == {"--autopilot"}


def test_usage_names_what_stands_behind_the_options(shelf):
    for text in (shelf.rr("help", "record").stdout, manual_text(shelf, "record")):
        assert "rr record [OPTIONS] [--] PROGRAM [ARGUMENTS]" in text
    for text in (shelf.rr("help", "mv").stdout, shelf.rr("mv", "--help").stdout):
        assert "Usage: rr mv [OPTIONS] from to\n" in text


def test_what_is_missing_is_shown_by_the_usage(shelf):
    for words, usage in ((["mv", "a"], "rr mv [OPTIONS] from to"), (["rm"], "rr rm [OPTIONS] traces...")):
        told = shelf.rr(*words, code=1)
        assert f"rr: an argument is missing: {usage}\n" in told.stderr, told


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_manual_pages_are_clean(shelf, command):
    page = shelf.folder / "page.1"
    page.write_text(shelf.rr("help", "--man", *([command] if command else [])).stdout)
    checkers = [["man", "--warnings", "-l", str(page)], ["mandoc", "-T", "lint", "-W", "error", page]]
    present = [checker for checker in checkers if shutil.which(checker[0])]
    if not present:
        pytest.skip("neither man nor mandoc is here")
    for checker in present:
        done = subprocess.run(checker, capture_output=True, text=True, check=False,
                              env={**shelf.environment, "MANWIDTH": "80"})
        assert done.returncode == 0 and done.stderr == "", done.stderr


@pytest.mark.parametrize("words, hint", [
    (["dump", "--jsno"], "did you mean --json?"), (["ls", "--revrse"], "did you mean --reverse?"),
    (["help", "dmup"], "did you mean dump?"), (["--versoin"], "did you mean --version?"),
    (["recrod", "true"], "did you mean record?"), (["dupm"], "did you mean dump?"),
    (["dump", "-b"], "clock readings"), (["ls", "-C=on-all-events"], "checksum"),
    (["-T", "5", "dump"], "rr dump -m"), (["ps", "--microarch=x"], "which other rr's have"),
    (["rerun"], "is a command of other rr's: `rr replay -g EVENT"), (["cpufeatures"], "x86"),
    (["ps", "--nothing-like-it"], "unknown option '--nothing-like-it'"), (["mv", "one"], "to"),
])
def test_mistyped_words_are_answered_with_the_nearest(shelf, words, hint):
    done = shelf.rr(*words, code=None)
    assert done.returncode in (1, 69) and hint in done.stderr and done.stdout == ""


def test_the_scripts_of_both_debuggers_are_printed(shelf):
    assert "define seek-ticks\n" in shelf.rr("gdbinit").stdout
    assert "command regex seek-ticks " in shelf.rr("lldbinit").stdout


def test_the_page_of_commands_names_every_absent_option():
    repository = Path(__file__).resolve().parent / "../../.."
    source = repository / "src/cli/absent_options.cc"
    if not source.exists():
        pytest.skip("the sources are not here")
    page = (repository / "docs/COMMANDS.md").read_text()
    rows = re.findall(r'\{"\w*", "(-[^"]+)",', source.read_text())
    assert len(rows) > 30
    for names in rows:
        for name in names.split(","):
            assert f"`{name}`" in page, name
