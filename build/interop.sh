#!/usr/bin/env bash
# Loads other people's objects with our loader and with libbpf, program by program, and prints what differs. Not part of CI: it needs root, clang-19,
# bpftool, gcc, libelf and zlib, a few hundred megabytes and a quarter of an hour. Nothing of it is kept in the repository.
#
#   build/interop.sh --libbpf PREFIX [--bcc FOLDER] [--peers FOLDER] [--linux FOLDER] [--objects FOLDER] [--work FOLDER]
#
#   --libbpf  a libbpf with include/ and lib/libbpf.a, 1.5 or newer (make -C src BUILD_STATIC_ONLY=1 LIBSUBDIR=lib PREFIX=/usr DESTDIR=… install)
#   --bcc     the folder libbpf-tools of bcc's sources
#   --peers   a folder of .bpf.c files
#   --linux   the sources of Linux 6.12 (package linux-source-6.12): the selftests' programs, and their CO-RE cases, each against the types of each
#   --objects a folder of objects (.bpf.o), such as our compiler's: BpfEmitObjects writes them
#   --work    where objects and results go; a folder in /tmp unless given
set -uo pipefail
# Some selftests pin their maps: that goes to a file system of this run's own, and away with it.
if [ -z "${BPFSHARP_OWN_MOUNTS:-}" ]; then
    exec env BPFSHARP_OWN_MOUNTS=1 unshare --mount --propagation private bash -c 'mount -t bpf bpf /sys/fs/bpf && exec bash "$0" "$@"' "${BASH_SOURCE[0]}" "$@"
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
libbpf='' bcc='' peers='' linux='' objects='' work=/tmp/bpfsharp-interop
while [ $# -gt 1 ]; do
    case $1 in
        --libbpf) libbpf=$2 ;; --bcc) bcc=$2 ;; --peers) peers=$2 ;; --linux) linux=$2 ;; --objects) objects=$2 ;; --work) work=$2 ;;
        *) echo "unknown option $1" >&2 && exit 2 ;;
    esac
    shift 2
done
[ -e "$libbpf/lib/libbpf.a" ] || { echo "--libbpf must name a folder with lib/libbpf.a" >&2; exit 2; }
mkdir -p "$work"/{include,tools,peers,selftests,core}

dotnet build "$root/tests/BpfSharp.Interop" -c Release -v q || exit 1
ours=(dotnet "$root/tests/BpfSharp.Interop/bin/Release/net10.0/BpfSharp.Interop.dll")
gcc -O2 -o "$work/driver" "$root/build/interop/driver.c" "-I$libbpf/include" "$libbpf/lib/libbpf.a" -lelf -lz || exit 1
[ -e "$work/include/vmlinux.h" ] || bpftool btf dump file /sys/kernel/btf/vmlinux format c > "$work/include/vmlinux.h"

# compile FOLDER INCLUDE… -- FILE…: objects for C files; what clang does not take is left out, and counted
compile() {
    local target=$1 includes=() file object failed=0
    shift
    while [ "$1" != -- ]; do includes+=("-I$1") && shift; done
    shift
    for file in "$@"; do
        object=$target/$(basename "$file" .c).o
        [ -e "$object" ] || nice -n 10 clang-19 -g -O2 --target=bpf -mcpu=v3 -D__TARGET_ARCH_x86 -mlittle-endian -std=gnu11 -fno-strict-aliasing \
            -Wno-compare-distinct-pointer-types "-I$work/include" "${includes[@]}" "-I$libbpf/include" -idirafter /usr/include/x86_64-linux-gnu \
            -c "$file" -o "$object" 2>> "$target.log" || failed=$((failed + 1))
    done
    echo "$target: $(find "$target" -name '*.o' | wc -l) objects, $failed were not compiled"
}

# compare NAME OBJECT…: both loaders on the objects
compare() {
    local name=$1
    shift
    "$work/driver" "$@" > "$work/$name.libbpf" 2> /dev/null
    nice -n 10 "${ours[@]}" "$@" > "$work/$name.ours"
    echo "== $name"
    "${ours[@]}" --compare "$work/$name.ours" "$work/$name.libbpf"
}

if [ -n "$bcc" ]; then compile "$work/tools" "$bcc" -- "$bcc"/*.bpf.c && compare tools "$work"/tools/*.o; fi
if [ -n "$peers" ]; then compile "$work/peers" "$peers" -- "$peers"/*.bpf.c && compare peers "$work"/peers/*.o; fi
if [ -n "$objects" ]; then compare objects "$objects"/*.o; fi
if [ -n "$linux" ]; then
    tests=$linux/tools/testing/selftests/bpf
    compile "$work/selftests" "$tests" "$linux/tools/include/uapi" -- "$tests"/progs/*.c
    compare selftests "$work"/selftests/*.o
    : > "$work/core.ours"
    : > "$work/core.libbpf"
    for types in "$work"/selftests/btf__core_reloc_*.o; do
        name=$(basename "$types")
        "$work/driver" -b "$types" "$work"/selftests/test_core_reloc_*.o 2> /dev/null | sed "s/^/$name /" >> "$work/core.libbpf"
        nice -n 10 "${ours[@]}" -b "$types" "$work"/selftests/test_core_reloc_*.o | sed "s/^/$name /" >> "$work/core.ours"
    done
    echo "== CO-RE cases, each object against each kernel's types"
    "${ours[@]}" --compare "$work/core.ours" "$work/core.libbpf"
fi
