#!/usr/bin/env bash
# Reads mutated ELF and BTF, as many inputs as asked for (a million unless said). Every one must give an object or an error that names section and
# offset. The seeds are fixed: a failure names its seed and round, and comes again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export BPFSHARP_FUZZ_INPUTS=${1:-1000000}
# Objects and their types, read whole; and a fifth as many types that are read where they stand (a kernel's, an object's), with relocations resolved.
for project in BpfSharp.Objects.Tests BpfSharp.Tests; do
    nice -n 19 dotnet test "tests/$project" --filter 'FullyQualifiedName~FuzzTests' --logger 'console;verbosity=normal'
done
