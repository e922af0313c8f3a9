#!/usr/bin/env bash
# A long run of the oracle (tests/BpfSharp.Oracle): random programs in .NET and in the kernels of the matrix.
set -euo pipefail

usage() {
    cat <<'END'
build/oracle.sh SEED COUNT [OPTION…]     checks the programs of the seeds from SEED on; the same seeds are the same programs everywhere
  --kernel VERSION      this kernel of the matrix gets a share as well; more than once for more. Without it: all of them
  --only-running        the running kernel alone
  --share PERMILLE      of a thousand programs, so many for each other kernel (25); VMs are slow
  --jobs N              threads (one per CPU)
  --no-build            use what the last run has built
Prints, for each kernel, the programs, differences, rejections, crashes and non-deterministic outputs, and fails on any. What fails is left in
artifacts/oracle, as C# and with all that is known; BpfSharp.Oracle reduce FILE makes it smaller. Run it as root.
END
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
work=$repository/artifacts/oracle
kernels=() share=25 jobs=$(nproc) build=yes all=yes numbers=()
while [ $# -gt 0 ]; do
    case $1 in
        --kernel) kernels+=("${2:?}") && all=no && shift ;;
        --only-running) all=no ;;
        --share) share=${2:?} && shift ;;
        --jobs) jobs=${2:?} && shift ;;
        --no-build) build=no ;;
        --help | -h) usage && exit ;;
        -*) usage >&2 && exit 2 ;;
        *) numbers+=("$1") ;;
    esac
    shift
done
[ ${#numbers[@]} -eq 2 ] || { usage >&2 && exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "oracle: programs are loaded into the kernel: run it as root" >&2 && exit 2; }
[ "$all" = no ] || mapfile -t kernels < <("$here/kernel-matrix.sh" --list | grep -v '^running$')

run=$work/run-${numbers[0]}
mkdir -p "$run"
rm -f "$run"/*
# A copy: building something else in the meantime changes nothing of a long run.
if [ "$build" = yes ]; then
    rm -rf "$work/app"
    dotnet publish "$repository/tests/BpfSharp.Oracle" -c Release -o "$work/app" --nologo -v quiet
fi
echo "commit $(git -C "$repository" rev-parse --short HEAD 2> /dev/null || echo unknown)"
failed=no
shares=()
for kernel in "${kernels[@]}"; do shares+=("$kernel=$share"); done
dotnet "$work/app/BpfSharp.Oracle.dll" long "${numbers[0]}" "${numbers[1]}" "$run" "$jobs" "${shares[@]}" || failed=yes

option=()
[ "$build" = yes ] || option=(--no-build)
for kernel in "${kernels[@]}"; do
    # Too few programs for a share of this kernel.
    [ -e "$run/$kernel.bundle" ] || { echo "$kernel: no program" && continue; }
    "$here/kernel-matrix.sh" "${option[@]}" --test TheKernelComputesWhatNetComputes --bundle "$run" --time-limit 3600 "$kernel" > "$run/$kernel.log" 2>&1 || failed=yes
    grep -a '^oracle: ' "$run/$kernel.log" | sed "s/^oracle: /$kernel: /" || { echo "$kernel: nothing ran, see $run/$kernel.log" && failed=yes; }
    grep -a '^seed ' "$run/$kernel.log" || true
    option=(--no-build)
done
[ "$failed" = no ]
