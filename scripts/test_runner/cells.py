"""The cells of the test: a machine (kernel, CPU, user space, user) and which tests run in it."""

from dataclasses import dataclass, field, replace

from . import REPOSITORY

KERNELS = ["6.1", "6.12", "7"]


@dataclass(frozen=True)
class Cell:
    name: str
    marks: str = ""             # pytest's -m
    kernel: str = "6.12"
    cpu: str = "neoverse-n1"
    release: str = "bookworm"
    options: tuple = ()         # more of scripts/vm
    ticks: str = ""
    folders: tuple = ("guest", "debugger")  # of src/test, or files in them
    kernel_tests: str = "*"     # of the GoogleTest binary that talks to the kernel directly: a filter
    exports: bool = False       # makes recordings for the other kernels
    imports: bool = False       # replays those of the other kernels, and does nothing else
    expected: int = 60          # seconds it takes; only the order depends on it
    limit: int = 900            # seconds after which it has failed
    environment: dict = field(default_factory=dict)  # how often the tests do what they do again and again


# Two machines run side by side. The debugger's tests are in two cells for their time alone: the
# second has these files, the first whatever else there is.
TRAVEL = tuple(f"debugger/test_{name}.py" for name in
               ("replay_options", "reverse", "scalable_vectors", "sessions", "watchpoints"))
OTHERS = tuple(sorted({f"debugger/{path.name}" for path in
                       (REPOSITORY / "src/test/debugger").glob("test_*.py")} - set(TRAVEL)))
FULL = Cell("6.12", folders=("guest", "commands/test_help.py"), exports=True, expected=900, limit=2700)
DEBUGGER = Cell("6.12-debugger", folders=OTHERS, kernel_tests="", expected=500, limit=3300)
TRAVELLER = Cell("6.12-travel", folders=TRAVEL, kernel_tests="", expected=280, limit=3300)
USER = Cell("6.12-user", marks="user", options=("--user",), kernel_tests="", expected=400)
# What a kernel decides (system calls, watchpoints, forks) is sampled on each, what a CPU does (counters,
# registers) on each, and what a gdb does with each.
ON_A_KERNEL = ("guest", "debugger/test_reverse.py", "debugger/test_watchpoints.py",
               "debugger/test_diversions.py")
ON_A_CPU = ("guest", "debugger/test_watchpoints.py", "debugger/test_scalable_vectors.py")
NO_CALLS = "-SyscallAudit.*"
# A session with gdb takes ten times as long as another test.
QUICK = [Cell("6.12", marks="not slow", folders=("guest", "commands/test_help.py"), kernel_tests=NO_CALLS, expected=200),
         Cell("6.12-debugger", marks="sampled and not slow", folders=("debugger",), kernel_tests="",
              expected=110),
         replace(USER, marks="user and not slow", folders=("guest",), expected=100)]
SAMPLED = [
    Cell("6.1", marks="sampled", kernel="6.1", folders=ON_A_KERNEL, exports=True, expected=300),
    Cell("7", marks="sampled", kernel="7", folders=ON_A_KERNEL, exports=True, expected=300),
    Cell("cortex-a72", marks="sampled", cpu="cortex-a72", folders=ON_A_CPU, kernel_tests=NO_CALLS,
         expected=200),
    # A machine whose cycles are not its instructions, as well.
    Cell("neoverse-v1", marks="sampled", cpu="neoverse-v1", options=("--shift", "1"), folders=ON_A_CPU,
         kernel_tests=NO_CALLS, expected=200),
    Cell("max", marks="sampled", cpu="max", folders=ON_A_CPU, kernel_tests=NO_CALLS, expected=200),
    Cell("trixie", marks="sampled", release="trixie", kernel_tests="", expected=300),
    Cell("no-counter", marks="sampled", options=("--smp", "2", "--no-icount"), ticks="none",
         kernel_tests=""),
]
ACROSS = [Cell(f"across-{kernel}", kernel=kernel, imports=True, kernel_tests="", expected=40)
          for kernel in KERNELS]
SOAK_LIMIT = 6 * 3600


def soak(name, file, **environment):
    return Cell(f"soak-{name}", folders=(file,), kernel_tests="", limit=SOAK_LIMIT,
                environment={f"RR_{key.upper()}": value for key, value in environment.items()})


SOAK = [
    soak("races", "guest/test_many_times.py", rounds=500),
    soak("commands", "debugger/test_reverse.py", commands=20000),
    soak("calls", "guest/test_calls.py", sequences=5000),
    soak("walks", "debugger/test_walks.py", walks=50),
    soak("kills", "guest/test_interrupted_recording.py", instants=300, kills=300),
    soak("stressors", "guest/test_stressors.py", stressors="all"),
    soak("python", "guest/test_python_suite.py", suite="all"),
    soak("chaos", "guest/test_scheduler.py", ordinary=50, seeds=100),
    Cell("soak-points", folders=(), limit=SOAK_LIMIT,
         kernel_tests="ReachingAPoint.WithInterruptsThatAreExact:ReachingAPoint.WhereTicksAreTakenBranches",
         environment={"RR_POINTS": 10000, "RR_BRANCH_POINTS": 1000, "RR_REPLAYS": 10, "RR_KERNEL_SECONDS": SOAK_LIMIT}),
]


def native(tier):
    if tier != "soak":
        return Cell("native", limit=3000)
    return Cell("native", limit=SOAK_LIMIT, folders=tuple(file for cell in SOAK for file in cell.folders),
                environment={name: value for cell in SOAK for name, value in cell.environment.items()})


def cells_of(tier):
    if tier == "quick":
        return QUICK
    if tier == "soak":
        return SOAK
    return [FULL, DEBUGGER, TRAVELLER, USER, *SAMPLED, *ACROSS]
