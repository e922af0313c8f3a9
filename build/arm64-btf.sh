#!/usr/bin/env bash
# Renews tests/BpfSharp.KernelTests/Data/arm64.btf: what the tests' and samples' programs ask of an arm64 kernel's types (Debian's 6.12, fetched once per
# machine), taken out of them by bpftool. Needed when a program reads a member that no program read before.
#   build/arm64-btf.sh [VMLINUZ]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
die() { echo "$*" >&2; exit 1; }
cache=${BPFSHARP_KERNEL_CACHE:-$HOME/.cache/bpfsharp/kernels}
. build/kernel-matrix/fetch.sh
image=${1:-$cache/6.12-arm64/vmlinuz}
[ -n "${1:-}" ] || fetch 6.12-arm64 trixie 'linux-image-6\.12\.[0-9+a-z.]*-cloud-arm64' arm64
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
build/kernel-btf.sh "$image" "$tmp/arm64"
dotnet build tests/BpfSharp.KernelTests -v q
dotnet build src/BpfSharp.Cli -v q
for assembly in tests/BpfSharp.KernelTests/bin/Debug/net10.0/BpfSharp.KernelTests.dll samples/*/bin/Debug/net10.0/*.dll; do
    # Folders of samples hold the library as well.
    grep -q BpfObject "$assembly" && dotnet exec src/BpfSharp.Cli/bin/Debug/net10.0/dotnet-bpf.dll export "$assembly" -o "$tmp/objects" 2> "$tmp/errors" || true
done
mkdir -p tests/BpfSharp.KernelTests/Data
bpftool gen min_core_btf "$tmp/arm64" tests/BpfSharp.KernelTests/Data/arm64.btf "$tmp"/objects/*.o
