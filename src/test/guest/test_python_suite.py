"""Parts of Python's own tests of the operating system, recorded and replayed exactly; with RR_SUITE=all the whole
of these files, of which some tests may fail, as they may without a recorder."""

import os
import re

import pytest

pytestmark = pytest.mark.slow

# Seconds each, recorded and replayed.
PARTS = {
    "test_mmap": ["MmapTests"],
    "test_os": ["FileTests", "StatAttributeTests", "UtimeTests", "MakedirTests",
                "TestSendfile", "FDInheritanceTests", "MemfdCreateTests", "EventfdTests"],
    "test_signal": ["PosixTests", "RaiseSignalTest"],
    "test_socket": ["BasicTCPTest", "BasicUDPTest", "BasicSocketPairTest", "SendmsgTCPTest", "RecvmsgTCPTest",
                    "RecvmsgSCMRightsStreamTest", "NonBlockingTCPTests", "TestUnixDomain"],
    "test_subprocess": ["ContextManagerTests", "MiscTests"],
    "test_threading": ["ConditionTests", "EventTests", "SemaphoreTests", "BarrierTests"],
}


WHOLE = os.environ.get("RR_SUITE") == "all"
PATIENCE = 7200 if WHOLE else 60


def names_of(module):
    return [f"test.{module}"] if WHOLE else [f"test.{module}.{part}" for part in PARTS[module]]


@pytest.mark.parametrize("module", sorted(PARTS))
def test_part_of_the_suite(workshop, module):
    recording = workshop.record("python3", "-W", "ignore", "-m", "unittest", *names_of(module), patience=PATIENCE)
    assert re.search(r"^Ran \d+ tests in", recording.output.error, re.M), recording.output
    assert WHOLE or recording.output.code == 0, recording.output.error[-3000:]
    again = workshop.rr("replay", "-a", recording.trace, patience=PATIENCE)
    assert again.code == 0, again.error[-3000:]
    assert (again.stdout, again.stderr) == (recording.output.stdout, recording.output.stderr)
