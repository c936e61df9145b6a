"""Set-up, the builds, and the tests that run on this host: layers, unit tests, and damaged or
hostile input under AddressSanitizer."""

import os
import sys

from . import BUILD, REPOSITORY
from .commands import run, say, step
from .results import Result, excerpt, read_junit

SCRIPTS = REPOSITORY / "scripts"
PRESETS = ["aarch64", "asan"]
FUZZ_ROUNDS = {"quick": "500", "full": "5000", "soak": "2000000"}
# Of what is over in a millisecond: packets, and layouts of a time line.
SHORT_ROUNDS = {"quick": "5000", "full": "100000", "soak": "2000000"}
SHORT = ("gdb_packets_test", "timeline_layouts_test")
FUZZ_SECONDS = {"quick": 120, "full": 1200, "soak": 20000}


def set_up():
    return step("setup", [SCRIPTS / "setup"])


def build(preset):
    """What of the build can be made is made, also when a part of it cannot."""
    say(f"build {preset}")
    log = BUILD / "test" / f"build-{preset}.log"
    result = step(f"build::{preset}", [SCRIPTS / "build", preset, "-k", "0"], log=log)
    if result.outcome == "failed":
        lines = log.read_text().splitlines()
        errors = [line for line in lines if "error" in line or line.startswith("FAILED")]
        result.detail = excerpt("\n".join(errors or lines))
    return result


def run_gtest(group, program, pattern="", environment=None, timeout=600):
    """Every test of a GoogleTest binary; one failed test in their place if it dies."""
    report = BUILD / "test" / f"{group.replace('/', '-')}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    if not program.exists():
        return [Result(f"{group}::{program.name}", "failed", "was not built")]
    command = [program, f"--gtest_output=xml:{report}"]
    if pattern:
        command.append(f"--gtest_filter=*{pattern}*")
    code, output = run(command, timeout=timeout, environment={**os.environ, **(environment or {})})
    results = read_junit(report, group)
    if results is None:
        return [Result(f"{group}::{program.name}", "failed",
                       f"ended with {code} before its end\n{excerpt(output)}")]
    if code != 0 and not any(result.outcome == "failed" for result in results):
        results.append(Result(f"{group}::{program.name}", "failed",
                              f"exit code {code}\n{excerpt(output)}"))
    return results


def layers(pattern=""):
    checks = [("layers::self_test", [SCRIPTS / "check_layers.py", "--self-test"]),
              ("layers::source", [SCRIPTS / "check_layers.py"])]
    return [step(name, command) for name, command in checks if pattern in name]


def commands(tier, pattern="", seed=1):
    """Commands on recordings from Arm, by the build that has sanitizers."""
    report = BUILD / "test" / "commands.xml"
    report.unlink(missing_ok=True)
    program = BUILD / "asan/bin/rr"
    if not program.exists():
        return [Result("commands::rr", "failed", "was not built")]
    # 5: nothing matched.
    code, output = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", pattern,
                        f"--junitxml={report}", REPOSITORY / "src/test/commands"],
                       timeout=FUZZ_SECONDS[tier],
                       environment={**os.environ, "RR": str(program), "PYTHONDONTWRITEBYTECODE": "1",
                                    "RR_FUZZ_SEED": str(seed),
                                    "RR_FUZZ_ROUNDS": FUZZ_ROUNDS[tier]})
    results = read_junit(report, "commands")
    if results is None:
        return [Result("commands::pytest", "failed", f"ended with {code}\n{excerpt(output)}")]
    return results


def damage(tier, pattern="", seed=1):
    """The unit tests under the sanitizers, then the randomised ones."""
    results = run_gtest("asan", BUILD / "asan/bin/unit_tests", pattern)
    for source in sorted((REPOSITORY / "src/test/fuzz").glob("*_test.cc")):
        rounds = (SHORT_ROUNDS if source.stem in SHORT else FUZZ_ROUNDS)[tier]
        environment = {"RR_FUZZ_ROUNDS": rounds, "RR_FUZZ_SEED": str(seed)}
        results += run_gtest(f"fuzz/{source.stem}", BUILD / "asan/bin" / source.stem, pattern,
                             environment, FUZZ_SECONDS[tier])
    return results
