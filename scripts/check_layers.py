#!/usr/bin/python3
"""Enforces scripts/layers.txt: which folder under src/ includes which; and that only src/arch/arch.h
asks for the CPU. usage: check_layers.py [SRC] | --self-test"""

import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
INCLUDE = re.compile(r'\s*#\s*include\s+"([^"/]+)/[^"]+"')
CPU = re.compile(r"\s*#\s*(?:if|ifdef|ifndef|elif)\b.*\b(__aarch64__|__x86_64__|__arm__|__i386__)\b")
CPU_ALLOWED = {"arch/arch.h"}
SUFFIXES = {".h", ".cc", ".c", ".inc", ".S"}


def read_rules(path):
    rules = {}
    for line in path.read_text().splitlines():
        folder, colon, used = line.split("#")[0].partition(":")
        if colon:
            rules[folder.strip()] = {folder.strip(), *used.split()}
    return rules


def check_line(folder, line, rules):
    """What is wrong with the line, or None."""
    found = INCLUDE.match(line)
    if found and found[1] in rules and found[1] not in rules[folder]:
        return f"{folder} must not include {found[1]}"
    found = CPU.match(line)
    if found and folder != "test":
        return f"only {', '.join(CPU_ALLOWED)} may ask for {found[1]}"
    return None


def check(source, rules):
    problems = []
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        folder = name.split("/")[0]
        if path.suffix not in SUFFIXES or "/" not in name:
            continue
        if folder not in rules:
            problems.append(f"src/{name}: folder {folder} is not in layers.txt")
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            problem = check_line(folder, line, rules)
            if problem and not (CPU.match(line) and name in CPU_ALLOWED):
                problems.append(f"src/{name}:{number}: {problem}")
    return problems


def self_test():
    """Shows that each kind of offence is found, and that what is allowed is not."""
    rules = {"util": {"util"}, "arch": {"arch", "util"}, "test": {"test", "arch", "util"}}
    files = {
        "util/good.h": '#include "util/other.h"\n#include <string>\n',
        "arch/arch.h": '#include "util/good.h"\n#if defined(__aarch64__)\n#endif\n',
        "test/any.cc": '#include "support/fake.h"\n#ifdef __x86_64__\n#endif\n',
        "util/upward.cc": '#include "arch/arch.h"\n',
        "util/cpu.cc": "  # ifdef __aarch64__\n#endif\n",
        "stray/file.cc": "\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        found = check(Path(folder), rules)
    expected = ["src/stray/file.cc: folder", "src/util/cpu.cc:1: only", "src/util/upward.cc:1: util"]
    if len(found) != 3 or not all(a.startswith(b) for a, b in zip(found, expected)):
        return [f"the check of the layers finds the wrong things: {found}"]
    return []


def main(arguments):
    if arguments == ["--self-test"]:
        problems = self_test()
    else:
        source = Path(arguments[0]) if arguments else HERE.parent / "src"
        problems = check(source, read_rules(HERE / "layers.txt"))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
