#!/usr/bin/env bash
# Reads mutated ELF and BTF, as many inputs as asked for (a million unless said). Every one must give an object or an error that names section and
# offset. The seeds are fixed: a failure names its seed and round, and comes again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
BPFSHARP_FUZZ_INPUTS=${1:-1000000} nice -n 19 dotnet test tests/BpfSharp.Objects.Tests --filter 'FullyQualifiedName~FuzzTests' --logger 'console;verbosity=normal'
