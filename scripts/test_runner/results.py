"""What became of each test, read from JUnit files (GoogleTest and pytest both write them), and the
account at the end."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

EXCERPT = 60    # lines of a failed test's output


@dataclass
class Result:
    name: str            # "cell::suite.test"
    outcome: str         # passed, failed, skipped
    detail: str = ""
    seconds: float = 0.0


def excerpt(text):
    lines = text.strip().splitlines()
    if len(lines) <= EXCERPT:
        return "\n".join(lines)
    half = EXCERPT // 2
    return "\n".join([*lines[:half], f"  ... {len(lines) - 2 * half} lines ...", *lines[-half:]])


def read_case(case, group):
    name = f"{group}::{case.get('classname', '').split('.')[-1]}.{case.get('name')}"
    seconds = float(case.get("time") or 0)
    for kind in ("failure", "error"):
        found = case.find(kind)
        if found is not None:
            texts = [node.text or node.get("message", "") for node in case.findall(kind)]
            return Result(name, "failed", excerpt("\n".join(texts)), seconds)
    found = case.find("skipped")
    if found is not None or case.get("status") == "notrun" or case.get("result") == "skipped":
        reason = "disabled" if found is None else found.get("message", "")
        return Result(name, "skipped", reason, seconds)
    return Result(name, "passed", "", seconds)


def read_junit(path, group):
    """None if the file is not there or not whole: whatever should have written it died."""
    try:
        tree = ElementTree.parse(path)
    except (FileNotFoundError, ElementTree.ParseError):
        return None
    return [read_case(case, group) for case in tree.iter("testcase")]


def count(results, outcome):
    return sum(result.outcome == outcome for result in results)


def last_line(results):
    line = f"{count(results, 'passed')} passed, {count(results, 'failed')} failed"
    skipped = count(results, "skipped")
    return f"{line}, {skipped} skipped" if skipped else line


def report(results):
    """Skipped and failed tests with their reasons, then the count as the very last line."""
    reasons = {}
    for result in results:
        if result.outcome == "skipped":
            reasons.setdefault(result.detail or "no reason given", []).append(result.name)
    for reason, names in reasons.items():
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        print(f"skipped ({reason}): {shown}")
    for result in results:
        if result.outcome == "failed":
            print(f"\nFAILED {result.name}\n{result.detail}")
    print(last_line(results), flush=True)
    return 1 if count(results, "failed") or not count(results, "passed") else 0
