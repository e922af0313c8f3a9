#!/usr/bin/env bash
# Runs the kernel tests on every kernel of the matrix (build/kernel-matrix/kernels.tsv): the running one, and others in VMs.
set -euo pipefail

usage() {
    cat <<'END'
build/kernel-matrix.sh [OPTION…] [VERSION…]     without a VERSION: all of them, and "running", the kernel that is running
  --test TEXT           only tests whose name contains TEXT; on a single VERSION, its output is shown as it comes
  --shell VERSION       a shell in the VM, with the tests in /app; Ctrl-A X ends the VM
  --bundle FOLDER       random programs for each VERSION in FOLDER/VERSION.bundle (build/oracle.sh), in place of those that were built with the tests
  --time-limit SECONDS  ends a kernel's run after this time (900)
  --jobs N              kernels at a time (one per CPU)
  --no-build            run the tests as the last run without this option has built them; what was changed since is named, and not in them
  --list                name the kernels
Kernels are kept in $XDG_CACHE_HOME/bpfsharp/kernels (~/.cache), results and logs in artifacts/kernel-matrix. Run it as root: the running
kernel is left out otherwise. BPFSHARP_DEBIAN_MIRROR names a Debian archive where apt has none.
END
}

die() {
    echo "kernel-matrix: $*" >&2
    exit 2
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bpfsharp/kernels
work=$repository/artifacts/kernel-matrix
results=$work/results
test='' bundle='' shell_version='' time_limit=900 jobs=$(nproc) build=yes live=no versions=()
# oops=panic: a kernel that has hurt itself does not go on to report passes.
# no_timer_check: on a busy host the emulated timer can seem dead. slab_debug: without cmpxchg16b (see below) Linux 7 gives a program that
# must not sleep memory from checked caches only.
kernel_arguments='console=ttyS0 loglevel=4 no_timer_check slab_debug=F,kmalloc-* panic=-1 oops=panic lsm=capability,bpf'
# Emulated, so that it runs in a VM and in CI. Not thread=multi: there a CPU can meet the int3 of a code patch (a probe that is attached) that
# another has finished. Not cmpxchg16b: QEMU 7.2 spoils the flags if an interrupt follows it. Each made one boot in ten to fifty panic. Not SMAP: .NET
# goes on after a null reference with iretq, whose reads of the stack QEMU takes for the kernel's.
qemu=(qemu-system-x86_64 -accel tcg,thread=single -cpu max,-cx16,-smap -smp 2 -m 2048 -nodefaults -no-reboot -display none -monitor none)

. "$here/kernel-matrix/fetch.sh"
. "$here/kernel-matrix/pack.sh"
. "$here/kernel-matrix/run.sh"

kernels() { grep -v '^#' "$here/kernel-matrix/kernels.tsv"; }
field() { kernels | awk -F '\t' -v version="$1" -v field="$2" '$1 == version { print $field }'; }
needs_of() { field "$1" 4; }

while [ $# -gt 0 ]; do
    case $1 in
        --test) test=${2:?} && shift ;;
        --bundle) bundle=$(cd "${2:?}" && pwd) && shift ;;
        --shell) shell_version=${2:?} && shift ;;
        --time-limit) time_limit=${2:?} && shift ;;
        --jobs) jobs=${2:?} && shift ;;
        --no-build) build=no ;;
        --list) kernels | cut -f 1 && exit ;;
        --help | -h) usage && exit ;;
        -*) usage >&2 && exit 2 ;;
        *) versions+=("$1") ;;
    esac
    shift
done

missing=()
while read -r tool package; do command -v "$tool" > /dev/null || missing+=("$package"); done <<'END'
qemu-system-x86_64 qemu-system-x86
busybox busybox-static
cpio cpio
xz xz-utils
zstd zstd
ip iproute2
tc iproute2
bpftool bpftool
END
[ ${#missing[@]} -eq 0 ] || die "missing: apt-get install ${missing[*]}"
command -v dotnet > /dev/null || die "missing: the .NET 10 SDK"
file -L "$(command -v busybox)" 2> /dev/null | grep -q 'dynamically linked' && die "busybox is not static: apt-get install busybox-static"

whole=()
if [ -n "$shell_version" ]; then versions=("$shell_version")
elif [ ${#versions[@]} -eq 0 ]; then
    mapfile -t versions < <(kernels | cut -f 1)
    [ -n "$test" ] || whole=(--whole)
fi
[ ${#versions[@]} -gt 1 ] || live=yes
for version in "${versions[@]}"; do [ -n "$(field "$version" 1)" ] || die "no kernel $version: $(kernels | cut -f 1 | xargs)"; done

mkdir -p "$work" "$results"
rm -f "$results"/*
if [ "$build" = yes ]; then
    rm -rf "$work/app" "$work/base.cpio"
    dotnet publish "$repository/tests/BpfSharp.KernelTests" -c Release -o "$work/app" --nologo -v quiet ||
        die "the kernel tests do not build"
    mkdir -p "$work/app.root"
    cp -r "$work/app" "$work/app.root/app"
    archive "$work/app.root" > "$work/app.cpio"
    rm -rf "$work/app.root"
    pack_base "$work/base.cpio"
else
    [ -e "$work/base.cpio" ] || die "nothing is built yet: run it without --no-build"
    changed=$(cd "$repository" && find analyzers build samples src tests \( -name bin -o -name obj \) -prune -o -type f -newer "$work/app.cpio" -print | sort)
    echo "running the tests that were built on $(date -r "$work/app.cpio" '+%F %T')"
    [ -z "$changed" ] || echo "kernel-matrix: $(wc -l <<< "$changed") files are newer than the tests, which run without these changes: $(head -n 5 <<< "$changed" | xargs)" >&2
fi

for version in "${versions[@]}"; do [ "$version" = running ] || fetch "$version" "$(field "$version" 2)" "$(field "$version" 3)"; done
if [ -n "$shell_version" ]; then
    shell "$shell_version"
    exit
fi

files=()
for version in "${versions[@]}"; do
    if [ "$version" = running ]; then
        [ "$(id -u)" -eq 0 ] || { echo "not root: the running kernel is left out" && whole=() && continue; }
        name="running ($(uname -r))" && run=(run_here "$name")
    else
        name=$(cat "$cache/$version/release") && run=(boot "$version" "$name")
    fi
    files+=("$results/$name.results")
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    echo "running on $name"
    "${run[@]}" &
done
wait

dotnet "$work/app/BpfSharp.KernelTests.dll" --report "${whole[@]}" "${files[@]}"
