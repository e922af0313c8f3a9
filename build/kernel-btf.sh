#!/usr/bin/env bash
# kernel-btf.sh VMLINUZ OUT: takes the types (BTF) out of a packed kernel image of x64 or arm64. Needs xz, zstd, lz4, gzip for those that use them.
set -euo pipefail
image=$1 out=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# btf FILE: the BTF in a file, from its header (little-endian, version 1, 24 bytes) on, as long as the header says
btf() {
    local at types strings
    for at in $(LC_ALL=C grep -aboP '\x9f\xeb\x01\x00\x18\x00\x00\x00\x00\x00\x00\x00' "$1" | cut -d: -f1); do
        # type_off is 0, then type_len, str_off (the same number), str_len
        read -r types strings length < <(od -An -tu4 -j $((at + 12)) -N 12 "$1" | xargs)
        if [ "$types" -eq "$strings" ] && [ "$types" -gt 100000 ]; then
            tail -c +$((at + 1)) "$1" | head -c $((24 + types + length)) > "$out" || true
            return 0
        fi
    done
    return 1
}

if btf "$image"; then exit 0; fi
for try in 'xz:\xfd7zXZ\x00:xz -dc --single-stream' 'zstd:\x28\xb5\x2f\xfd:zstd -dc' 'gzip:\x1f\x8b\x08:gzip -dc' 'lz4:\x02\x21\x4c\x18:lz4 -dc'; do
    IFS=: read -r _ magic command <<< "$try"
    for at in $(LC_ALL=C grep -aboP "$magic" "$image" | cut -d: -f1); do
        tail -c +$((at + 1)) "$image" | $command > "$tmp/kernel" 2> /dev/null || true
        if [ -s "$tmp/kernel" ] && btf "$tmp/kernel"; then exit 0; fi
    done
done
echo "no BTF was found in $image" >&2
exit 1
