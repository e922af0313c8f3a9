#!/usr/bin/env bash
# Loads the objects of the tests and the samples on an arm64 kernel (Debian's 6.12 in an emulator), with Debian's bpftool and libbpf for arm64, attaches those
# whose programs take arguments, and compares what they saw with what was done. The .NET runtime is not needed there: the objects are the ones inside
# the assemblies, as built here. Takes two minutes, needs qemu-system-arm, cpio, bpftool and llvm-19; not part of CI.
#   build/arm64-run.sh [--no-build]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
die() { echo "$*" >&2; exit 1; }
cache=${BPFSHARP_KERNEL_CACHE:-$HOME/.cache/bpfsharp/kernels}
. build/kernel-matrix/fetch.sh
. build/kernel-matrix/pack.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fetch 6.12-arm64 trixie 'linux-image-6\.12\.[0-9+a-z.]*-cloud-arm64' arm64
tools=$cache/6.12-arm64/tools
if [ ! -e "$tools" ]; then
    echo "fetching bpftool for arm64"
    mkdir "$tmp/debs"
    archive_of "$tmp/apt" trixie arm64
    (cd "$tmp/debs" && apt-get "${apt[@]}" download bpftool libbpf1 libelf1t64 zlib1g libzstd1 libcap2 libssl3t64 libc6 coreutils libselinux1 libpcre2-8-0 \
        libacl1 libattr1 libgmp10 busybox-static)
    for deb in "$tmp"/debs/*.deb; do dpkg-deb -x "$deb" "$tmp/tools"; done
    rm -rf "$tmp/tools/usr/share" "$tmp"/tools/usr/lib/*/gconv
    mv "$tmp/tools" "$tools"
fi

if [ "${1:-}" != --no-build ]; then
    dotnet build tests/BpfSharp.KernelTests -v q
    dotnet build src/BpfSharp.Cli -v q
fi
root=$tmp/root
mkdir -p "$root"/{proc,sys,dev,tmp,run,sbin,objects}
for assembly in tests/BpfSharp.KernelTests/bin/Debug/net10.0/BpfSharp.KernelTests.dll samples/*/bin/Debug/net10.0/*.dll; do
    # Folders of samples hold the library as well.
    grep -q BpfObject "$assembly" && dotnet exec src/BpfSharp.Cli/bin/Debug/net10.0/dotnet-bpf.dll export "$assembly" -o "$root/objects" > /dev/null 2> "$tmp/errors" || true
done

# constant OBJECT NAME BYTES: writes a constant of an object into its file
constant() {
    local file=$root/objects/$1.bpf.o section offset
    section=$((16#$(readelf -SW "$file" | sed 's/^ *\[ */[/' | awk '$2 == ".rodata" { print $5 }')))
    offset=$(bpftool btf dump file "$file" | awk -v name="'$2')" "/DATASEC/ { inside = \$3 == \"'.rodata'\" } inside && \$NF == name { print \$2 }")
    printf "$3" | dd of="$file" bs=1 seek=$((section + ${offset#offset=})) conv=notrunc status=none
}
for object in ProbeHooks TypedHooks UserHooks TaskHooks; do constant "$object" Process '\x88\x13'; done # 5000
for object in ProbeHooks TypedHooks; do constant "$object" Inode '\x02'; done

cp -a "$tools/." "$root/"
cp build/arm64/init "$root/init"
# Functions and tracepoints of modules are looked for where they are.
mkdir "$root/modules"
for module in nf_conntrack sunrpc; do add_module "$cache/6.12-arm64/modules" "$root/modules" "$module"; done
ln -s usr/lib "$root/lib"
archive "$root" > "$tmp/initrd"
timeout --kill-after=5 900 qemu-system-aarch64 -M virt -accel tcg,thread=single -cpu max -smp 2 -m 1024 -nodefaults -no-reboot -display none -monitor none -serial stdio \
    -kernel "$cache/6.12-arm64/vmlinuz" -initrd "$tmp/initrd" -append 'console=ttyAMA0 loglevel=4 panic=-1 oops=panic lsm=capability,bpf' < /dev/null 2>&1 | tr -d '\r' | tee "$tmp/log"

failed=0
# expect OBJECT MEMBER VALUE: a global, as bpftool prints it
expect() {
    grep "^SEEN $1 " "$tmp/log" | grep -qF "\"$2\":$3," && return
    echo "$1: $2 is not $3" && failed=1
}
# text STRING: a string as the first numbers of an array
text() { printf '%s\0' "$1" | od -An -v -tu1 | xargs | tr ' ' ,; }

# Those that ask for a member that no kernel has, and for one that is a bit field as if it were none, are to be refused.
refused=$(sed -n 's/^REFUSED //p' "$tmp/log" | xargs)
[ "$refused" = "MissingPrograms PlainPrograms" ] || { echo "refused: $refused" && failed=1; }
! grep 'NOT ATTACHED' "$tmp/log" || failed=1
# The flags: O_WRONLY | O_CREAT | O_APPEND and what the kernel adds for itself, O_LARGEFILE, which has another number on arm64 than on x64.
for object in ProbeHooks TypedHooks; do expect "$object" entry "\"Inode\":2,\"Flags\":$((0x20441)),\"NameLength\":13,\"Result\":0,\"Calls\":1,\"Name\":$(text file-on-arm64)"; done
expect TypedHooks exit "\"Inode\":2,\"Flags\":$((0x20441)),\"NameLength\":13,\"Result\":0,\"Calls\":1,\"Name\":$(text file-on-arm64)"
expect ProbeHooks descriptor -100
expect ProbeHooks flags "$((0x441))"
expect ProbeHooks path "$(text /run/file-on-arm64)"
expect ProbeHooks opened 3
expect ProbeHooks lastResult 0
expect UserHooks name "$(text TZ)"
expect UserHooks value "$(text XYZ-3)"
expect UserHooks overwrite 1
expect UserHooks result -1
expect TaskHooks threads 1
expect TaskHooks execs 1
expect TaskHooks rawExecs 1
expect TaskHooks parent 5000
expect TaskHooks rawParent 5000
expect TaskHooks program "$(text /usr/bin/true)"
expect TaskHooks name "$(text true)"
echo "$(grep -c '^LOADED' "$tmp/log") objects load on $(sed -n 's/^KERNEL //p' "$tmp/log")"
[ $failed = 0 ] && echo 'and see what was done'
exit $failed
