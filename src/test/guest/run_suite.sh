#!/bin/bash
# Runs the tests of one cell, in the guest (or on an aarch64 host), and leaves JUnit files in $RR_SHARE/results.
# Environment: RR_SHARE; RR_FOLDERS, RR_MARKS, RR_ONLY: which tests; RR_KERNEL_TESTS: also those of the kernel, a filter; RR_IMPORT: only
# the replays of other kernels' recordings; RR_KERNEL_SECONDS: what those of the kernel may take.
results=$RR_SHARE/results
tests=$RR_SHARE/tests
export PYTHONPATH=$tests/guest:$tests/debugger LC_ALL=C.UTF-8
uname -r > "$results/kernel-version"
cd /tmp || exit 1

if [ -n "$RR_KERNEL_TESTS" ]; then
  timeout "${RR_KERNEL_SECONDS:-600}" "${RR_BUILD:-/build}/bin/kernel_tests" --gtest_output="xml:$results/kernel.xml" \
    --gtest_filter="${RR_ONLY:+*$RR_ONLY}*${RR_KERNEL_TESTS#\*}"
  # Nothing matched: that is no failure.
  [ -e "$results/kernel.xml" ] || [ "$?" != 0 ] || echo '<testsuites/>' > "$results/kernel.xml"
fi

if [ -z "$RR_FOLDERS$RR_IMPORT" ]; then exit 0; fi
folders=()
for folder in $RR_FOLDERS; do folders+=("$tests/$folder"); done
[ -z "$RR_IMPORT" ] || folders=("$tests/guest/test_other_kernels.py")
marks=$RR_MARKS
[ -z "$RR_EXPORT" ] || [ -z "$marks" ] || marks="($marks) or exported"
python3 -m pytest --rootdir="$tests" -p recording -p no:cacheprovider -v --tb=short --junitxml="$results/guest.xml" \
  -m "$marks" --only "$RR_ONLY" --durations=15 "${folders[@]}"
status=$?
# pytest says 5 when no test was chosen.
[ "$status" != 5 ] || status=0
exit "$status"
