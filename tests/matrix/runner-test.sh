#!/usr/bin/env bash
# The test of the matrix's runner: tests that misbehave on purpose (tests/BpfSharp.KernelTests/SelfTest) are each reported as what they are.
# Ends with a line of totals. An argument --no-build uses what the last run of the matrix has built.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
passed=0 failed=0
build=("$@")

# matrix SELF-TESTS ARGUMENT…: runs the matrix, keeps its output and exit code
matrix() {
    local self_tests=$1
    shift
    output=$(BPFSHARP_SELF_TEST=$self_tests build/kernel-matrix.sh "${build[@]}" "$@" 2>&1) && code=0 || code=$?
    build=(--no-build)
    [ "$code" -ne 2 ] || stop
}

# stop: the matrix could not even begin
stop() {
    printf '%s\nrunner: %s passed, %s failed, 0 skipped\n' "$output" "$passed" $((failed + 1))
    exit 1
}

# check WHAT CONDITION…: one test; shows the matrix's output if it fails
check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "Passed   $what"
    else
        failed=$((failed + 1))
        printf 'Failed   %s (exit code %s)\n%s\n' "$what" "$code" "$output"
    fi
}

exits() { [ "$code" -eq "$1" ]; }
says() { grep -qE -- "$1" <<< "$output"; }
says_not() { ! says "$1"; }
row() { says "^[^ ].* +$1 +$2 +$3 +$4  $5\$"; } # passed failed skipped refused run

vm=6.1

matrix Passes,Fails,ClaimsAMinimumThatIsTooHigh,FailsBelowItsMinimum,LeaksAMap,IsSkipped --test Misbehaving $vm
check 'failures make the matrix fail' exits 1
check 'passed, failed, skipped and refused tests are counted' row 2 3 1 1 ended
check 'a failing test is reported with its text' says 'FAILED .*Misbehaving.Fails$'
check 'its message is shown' says 'failing on purpose'
check 'a minimum above the kernel that suffices is reported' says 'claimed minimum 99.0, but passed on 6\.1'
check 'a test that fails below its minimum is no failure' says_not 'FAILED .*FailsBelowItsMinimum'
check 'a leaked map fails the leak check' says 'FAILED .*NothingOfOursIsLeft'
check 'a skip is shown with its reason' says 'skipped on purpose'

matrix Passes --test Misbehaving.Passes $vm
check 'a run without failures is green' exits 0

matrix Hangs --test Misbehaving --time-limit 45 $vm
check 'a hang makes the matrix fail' exits 1
check 'a hang is reported with the test that hung' says "FAILED $vm.*: hang in .*Misbehaving.Hangs"

matrix Passes,Crashes --test Misbehaving $vm
check 'a crash of the tests makes the matrix fail' exits 1
check 'a crash is reported with the test that crashed' says "FAILED $vm.*: died in .*Misbehaving.Crashes"

matrix Panics --test Misbehaving $vm
check 'a panic makes the matrix fail' exits 1
check 'a panic is reported with the test that brought it about' says "FAILED $vm.*: panic in .*Misbehaving.Panics"
check 'what the kernel said is shown' says 'sysrq triggered crash'

matrix '' --test NoTestHasThisName running
check 'a run without a test fails' exits 1
check 'a kernel on which nothing ran is reported' says 'FAILED running.*: no test ran'

matrix Hangs --test Misbehaving --time-limit 10 running
check 'a hang on the running kernel is reported' says 'FAILED running.*: hang in .*Misbehaving.Hangs'

echo "runner: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
