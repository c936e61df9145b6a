"""Set-up, the builds, and the tests that run on this host: layers, unit tests, and damaged or
hostile input under AddressSanitizer."""

import os
import shutil
import sys
import tempfile

from . import BUILD, REPOSITORY
from .commands import run, say, step
from .results import Result, excerpt, read_junit

SCRIPTS = REPOSITORY / "scripts"
PRESETS = ["aarch64", "asan"]
FUZZ_ROUNDS = {"quick": "500", "full": "5000", "soak": "2000000"}
# Of what is over in a millisecond: packets, and layouts of a time line.
SHORT_ROUNDS = {"quick": "5000", "full": "100000", "soak": "2000000"}
SHORT = ("gdb_packets_test", "timeline_layouts_test")
FUZZER_SECONDS = 1800   # of each target of libFuzzer
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


def fuzzer(name, seed):
    with tempfile.TemporaryDirectory() as found:
        return step(f"fuzzer::{name}",
                    [BUILD / "fuzz/bin" / name, f"-max_total_time={FUZZER_SECONDS}", f"-seed={seed}",
                     f"-artifact_prefix={BUILD}/test/{name}-", found,
                     REPOSITORY / "src/test/fuzz/corpus" / name])


def fuzzers(tier, pattern="", seed=1):
    """libFuzzer's targets, which take minutes to build with what libFuzzer needs to see."""
    names = [source.stem for source in sorted((REPOSITORY / "src/test/fuzz").glob("*_fuzzer.cc"))
             if pattern.lower() in f"fuzzer::{source.stem}"]
    if tier != "soak" or not names:
        return []
    if not shutil.which("clang++"):
        return [Result(f"fuzzer::{name}", "skipped", "there is no clang on this host")
                for name in names]
    made = step("build::fuzz", [SCRIPTS / "build", "fuzz", "fuzzers"],
                log=BUILD / "test/build-fuzz.log")
    if made.outcome != "passed":
        return [made]
    return [made] + [fuzzer(name, seed) for name in names]
