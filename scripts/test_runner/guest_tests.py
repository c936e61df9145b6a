"""Runs cells: copies the tests into a folder that the guest shares, boots, reads what came back."""

import os
import platform
import re
import shutil
import threading

from . import BUILD, REPOSITORY
from .cells import KERNELS
from .commands import run, say
from .results import Result, count, excerpt, read_junit

VM = REPOSITORY / "scripts/vm"
UNAVAILABLE = 77
TESTS = REPOSITORY / "src/test"
FOLDERS = ("guest", "debugger", "commands", "traces")
CACHE = "__pycache__"


def is_native():
    """On an aarch64 host with a counter that can be relied upon, no machine is emulated."""
    if platform.machine() != "aarch64":
        return False
    code, output = run([BUILD / "aarch64/bin/rr", "doctor"], timeout=60)
    return code == 0 and re.search(r"^ok +counter:", output, re.M) is not None


def may_match(pattern):
    """Whether any guest test's name can contain the pattern, as far as their sources tell."""
    if not pattern:
        return True
    names = [path.stem for path in (TESTS / "programs").iterdir()]
    for folder, form in (("guest", r"def (test_\w+)"), ("debugger", r"def (test_\w+)"),
                         ("kernel", r"TEST(?:_F|_P)?\((.+?)\)")):
        for path in (TESTS / folder).iterdir():
            if path.is_file():
                names += [path.stem, *re.findall(form, path.read_text(), re.S)]
    return any(pattern.split("[")[0].lower() in name.replace(", ", ".").lower() for name in names)


class GuestTests:
    """Shared by the threads that run cells."""

    def __init__(self, tier, pattern=""):
        self.tier = tier
        self.pattern = pattern
        self.missing = {}      # kernel or release -> why it cannot be had
        self.archives = BUILD / "test" / "recordings"
        self.lock = threading.Lock()
        shutil.rmtree(self.archives, ignore_errors=True)
        self.archives.mkdir(parents=True)
        for old in (BUILD / "test").glob("bytecode-*"):
            shutil.rmtree(old)

    def prepare(self, cells):
        """Makes the machines that are not there yet, one after the other."""
        wanted = {(cell.kernel, cell.release) for cell in cells}
        for kernel, release in sorted(wanted):
            code, output = run([VM, "prepare", "--kernel", kernel, "--release", release])
            if code == UNAVAILABLE:
                what = kernel if kernel != "6.12" else release
                self.missing[what] = (output.strip().splitlines() or ["cannot be had"])[-1]
                say(f"{what} cannot be had: {self.missing[what]}")

    def reason_to_skip(self, cell):
        return self.missing.get(cell.kernel) or self.missing.get(cell.release)

    def make_share(self, cell):
        share = BUILD / "test" / f"cell-{cell.name}"
        shutil.rmtree(share, ignore_errors=True)
        (share / "results").mkdir(parents=True)
        (share / "recordings").mkdir()
        for folder in FOLDERS:
            shutil.copytree(TESTS / folder, share / "tests" / folder,
                            ignore=shutil.ignore_patterns(CACHE, ".*"))
            with self.lock:
                if (kept := self.bytecode(cell) / folder).exists():
                    shutil.copytree(kept, share / "tests" / folder / CACHE)
        if cell.imports:
            for archive in self.archives.iterdir():
                shutil.copy(archive, share / "recordings")
        for folder in (share, share / "results", share / "recordings"):
            folder.chmod(0o777)
        return share

    def bytecode(self, cell):
        """What pytest has made of the tests in another cell: seconds to make in the guest."""
        return BUILD / "test" / f"bytecode-{cell.release}"

    def keep_bytecode(self, cell, share):
        for folder in FOLDERS:
            made = share / "tests" / folder / CACHE
            with self.lock:
                if made.is_dir():
                    shutil.copytree(made, self.bytecode(cell) / folder, dirs_exist_ok=True)

    def environment(self, cell, share):
        values = {"RR_SHARE": share, "RR_MARKS": cell.marks, "RR_ONLY": self.pattern,
                  "RR_FOLDERS": " ".join(cell.folders),
                  "RR_KERNEL": cell.kernel, "RR_KERNELS": " ".join(KERNELS),
                  "RR_MISSING": " ".join(self.missing)}
        if cell.ticks:
            values["RR_TICKS"] = cell.ticks
        if cell.exports:
            values["RR_EXPORT"] = f"{share}/recordings"
        if cell.imports:
            values["RR_IMPORT"] = f"{share}/recordings"
        if cell.kernel_tests:
            values["RR_KERNEL_TESTS"] = cell.kernel_tests
        return {name: str(value) for name, value in (values | cell.environment).items()}

    def command(self, cell, share):
        if cell.name == "native":
            return ["bash", share / "tests/guest/run_suite.sh"]
        words = [VM, "run", "--kernel", cell.kernel, "--cpu", cell.cpu, "--release", cell.release,
                 "--share", share, "--timeout", cell.limit, *cell.options]
        for name, value in self.environment(cell, "/share").items():
            words += ["--env", f"{name}={value}"]
        return [*words, "--", "bash", "/share/tests/guest/run_suite.sh"]

    def run_cell(self, cell):
        share = self.make_share(cell)
        environment = None
        if cell.name == "native":
            environment = {**os.environ, **self.environment(cell, share),
                           "RR_BUILD": str(BUILD / "aarch64"),
                           "PATH": f"{BUILD}/aarch64/bin:{os.environ['PATH']}"}
        code, output = run(self.command(cell, share), timeout=cell.limit + 120,
                           environment=environment, log=share / "output.txt")
        if code == UNAVAILABLE:
            self.missing[cell.kernel if cell.kernel != "6.12" else cell.release] = output.strip()
            return []
        results = self.read(cell, share, code, output)
        self.keep_bytecode(cell, share)
        if cell.exports:
            with self.lock:
                for archive in (share / "recordings").iterdir():
                    shutil.copy(archive, self.archives)
        version = share / "results/kernel-version"
        release = version.read_text().strip() if version.exists() else "no kernel came up"
        say(f"cell {cell.name} ({release}): {count(results, 'passed')} passed, "
            f"{count(results, 'failed')} failed")
        return results

    def read(self, cell, share, code, output):
        results = []
        has_guest_tests = cell.folders or cell.imports
        parts = (["guest"] if has_guest_tests else []) + (["kernel"] if cell.kernel_tests else [])
        for part in parts:
            found = read_junit(share / f"results/{part}.xml", f"{cell.name}")
            if found is None:
                how = "took too long" if code == 124 else f"ended with {code}"
                last = "\n".join(output.strip().splitlines()[-25:])
                found = [Result(f"{cell.name}::{part}_tests", "failed",
                                f"the {part} tests of this cell {how} before their end\n"
                                f"{excerpt(last)}")]
            results += found
        return results


def skipped_like(cell, reason, all_results):
    """The tests of a cell that cannot run, named after those of the cell most like it."""
    model = "across-6.1" if cell.imports else "6.1"
    names = [result.name.split("::", 1)[1] for result in all_results
             if result.name.startswith(f"{model}::")]
    return [Result(f"{cell.name}::{name}", "skipped", reason) for name in names or ["all"]]
