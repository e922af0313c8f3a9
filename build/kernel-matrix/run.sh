# Sourced by kernel-matrix.sh. Runs the tests on one kernel and leaves NAME.results and NAME.log in $results.

# verdict FILE WORD TEXT: ends a results file with how the run went
verdict() { printf 'Verdict\t\t%s\t0\t%s\n' "$2" "$(printf '%s' "$3" | tr '\t\r' '  ' | sed ':a;N;$!ba;s/\\/\\\\/g;s/\n/\\n/g')" >> "$1"; }

# run_here NAME: the kernel that is running
run_here() {
    local name=$1 file=$results/$1.results log=$results/$1.log code=0
    : > "$file"
    BPFSHARP_CHECK_MINIMUMS=1 BPFSHARP_EXPECTED_NEEDS=$(needs_of running) \
        timeout --kill-after=5 "$time_limit" dotnet "$work/app/BpfSharp.KernelTests.dll" --test "$test" --results "$file" < /dev/null 2>&1 | show "$log" || code=$?
    if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then verdict "$file" hang "ended after $time_limit s"
    elif [ "$code" -gt 2 ]; then verdict "$file" died "$(tail -n 20 "$log")"
    else verdict "$file" ended ''; fi
}

# boot VERSION NAME: a VM
boot() {
    local version=$1 name=$2 file=$results/$2.results log=$results/$2.log initrd=$work/$1.cpio code=0
    : > "$file"
    pack_run "$version" "$initrd"
    timeout --foreground --kill-after=5 "$time_limit" "${qemu[@]}" -kernel "$cache/$version/vmlinuz" -initrd "$initrd" \
        -append "$kernel_arguments" -serial stdio -serial "file:$file" < /dev/null 2>&1 | show "$log" || code=$?
    rm -f "$initrd"
    if grep -q 'Kernel panic' "$log"; then verdict "$file" panic "$(grep -a -B 30 -A 12 -m 1 'Kernel panic' "$log" | tail -n 60)"
    elif [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then verdict "$file" hang "the VM was ended after $time_limit s; its last lines:
$(tail -n 5 "$log")"
    elif grep -q 'kernel-matrix: tests ended with exit code [01]$' "$log"; then verdict "$file" ended ''
    else verdict "$file" died "$(tail -n 30 "$log")"; fi
}

# shell VERSION: the same machine with a terminal on it (Ctrl-C is its own; Ctrl-A X ends it)
shell() {
    local initrd=$work/$1.cpio
    pack_run "$1" "$initrd"
    "${qemu[@]}" -kernel "$cache/$1/vmlinuz" -initrd "$initrd" -append "$kernel_arguments" -serial mon:stdio
    rm -f "$initrd"
}

# pack_run VERSION FILE: the whole of what the VM boots into
pack_run() {
    local version=$1 root=$work/run-$1
    mkdir -p "$root"
    {
        printf 'BPFSHARP_CHECK_MINIMUMS=1\nBPFSHARP_EXPECTED_NEEDS=%q\nBPFSHARP_SELF_TEST=%q\n' "$(needs_of "$version")" "${BPFSHARP_SELF_TEST:-}"
        [ -z "$bundle" ] || printf 'BPFSHARP_ORACLE_BUNDLE=/app/oracle.bundle\n'
        printf 'MATRIX_TEST=%q\nMATRIX_SHELL=%q\n' "$test" "$shell_version"
    } > "$root/tests.env"
    if [ -n "$bundle" ]; then mkdir -p "$root/app" && cp "$bundle/$version.bundle" "$root/app/oracle.bundle"; fi
    pack_modules "$version" "$work/modules-$version.cpio"
    { cat "$work/base.cpio" "$work/app.cpio" "$work/modules-$version.cpio"; archive "$root"; } > "$2"
    rm -rf "$root" "$work/modules-$version.cpio"
}

# show LOG: keeps what comes in and, when one kernel alone is run, shows it
show() {
    if [ "$live" = yes ]; then tr -d '\r' | tee "$1"; else tr -d '\r' > "$1"; fi
}
