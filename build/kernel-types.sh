#!/usr/bin/env bash
# Renews src/BpfSharp.KernelTypes/kernel-types.idx from the kernels of the matrix (fetched by kernel-matrix.sh) and an arm64 kernel, which is fetched unless its
# image is given:
#   build/kernel-types.sh [VMLINUZ-ARM64]
# The same kernels give the same file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
die() { echo "$*" >&2; exit 1; }
cache=${BPFSHARP_KERNEL_CACHE:-$HOME/.cache/bpfsharp/kernels}
. build/kernel-matrix/fetch.sh
arm64=${1:-$cache/6.12-arm64/vmlinuz}
[ -n "${1:-}" ] || fetch 6.12-arm64 trixie 'linux-image-6\.12\.[0-9+a-z.]*-cloud-arm64' arm64
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for kernel in 5.10 6.1 6.12 7.2; do build/kernel-btf.sh "$cache/$kernel/vmlinuz" "$tmp/$kernel"; done
build/kernel-btf.sh "$arm64" "$tmp/arm64"
dotnet run --project src/BpfSharp.Cli -- kernel-types index "5.10=$tmp/5.10" "6.1=$tmp/6.1" "6.12=$tmp/6.12" "6.12 arm64=$tmp/arm64" "7.2=$tmp/7.2" \
    -o src/BpfSharp.KernelTypes/kernel-types.idx
