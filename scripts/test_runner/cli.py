"""The order of things: set-up, builds, then host tests and cells, two at a time."""

import argparse
import random
import time
from concurrent.futures import ThreadPoolExecutor

from . import REPOSITORY, cells, host_debugger, host_tests
from .commands import run, say
from .guest_tests import GuestTests, is_native, may_match, skipped_like
from .results import Result, report

SIDE_BY_SIDE = 2


def parse(words):
    parser = argparse.ArgumentParser(prog="scripts/test")
    tier = parser.add_mutually_exclusive_group()
    tier.add_argument("--quick", dest="tier", action="store_const", const="quick", default="full",
                      help="under five minutes once everything is made: one kernel, one CPU")
    tier.add_argument("--soak", dest="tier", action="store_const", const="soak",
                      help="hours: docs/SOAK.md")
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="only the tests whose name contains this")
    return parser.parse_args(words)


def run_jobs(jobs):
    """Runs (expected seconds, function) pairs, the longest first. Gives all their results."""
    jobs = sorted(jobs, key=lambda job: -job[0])
    results = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for future in [pool.submit(job) for _, job in jobs]:
            try:
                results += future.result()
            except Exception as error:  # a broken job is a failed test, not the end of the others
                results.append(Result("runner::job", "failed", repr(error)))
    return results


def cell_jobs(guest, chosen):
    return [(cell.expected, lambda cell=cell: guest.run_cell(cell)) for cell in chosen
            if not guest.reason_to_skip(cell)]


def run_round(options, seed):
    jobs = [(1, lambda: host_tests.layers(options.only)),
            (40, lambda: host_tests.commands(options.tier, options.only, seed)),
            (150, lambda: host_tests.damage(options.tier, options.only, seed)),
            (90, lambda: host_tests.fuzzers(options.tier, options.only, seed))]
    if not may_match(options.only) and options.only.lower() not in host_debugger.NAME:
        return run_jobs(jobs)
    on_this = is_native()
    chosen = [cells.native(options.tier)] if on_this else cells.cells_of(options.tier)
    guest = GuestTests(options.tier, options.only)
    if not on_this:
        guest.prepare(chosen)
        jobs.append((30, lambda: host_debugger.run(options.only)))
    first = [cell for cell in chosen if not cell.imports]
    second = [cell for cell in chosen if cell.imports]
    results = run_jobs(jobs + cell_jobs(guest, first))
    results += run_jobs(cell_jobs(guest, second))
    for cell in chosen:
        if reason := guest.reason_to_skip(cell):
            results += skipped_like(cell, reason, results)
    return results


def describe_version():
    _, text = run(["git", "-C", REPOSITORY, "describe", "--always", "--dirty"])
    return text.strip()


def main(words):
    options = parse(words)
    begun = time.monotonic()
    results = [host_tests.set_up()]
    if results[0].outcome == "passed":
        results += [host_tests.build(preset) for preset in host_tests.PRESETS]
        seed = random.SystemRandom().randrange(1 << 32) if options.tier == "soak" else 1
        if options.tier == "soak":
            say(f"version {describe_version()}, seed {seed}")
        results += run_round(options, seed)
    say(f"took {time.monotonic() - begun:.0f} s")
    return report(results)
