# Sourced by kernel-matrix.sh. Packs what a VM boots into: archives that the kernel unpacks one after the other.

# Not compressed: under emulation, unpacking costs more than copying.
archive() { (cd "$1" && find . | cpio --create --format=newc --owner=0:0 --quiet); }

# pack_base FILE: busybox, the .NET runtime, the tools that tests run and the libraries of all of them. Depends on this machine alone.
pack_base() {
    local root=$work/base dotnet runtime tool file
    rm -rf "$root"
    mkdir -p "$root"/{bin,sbin,etc,usr/bin,usr/sbin,lib,lib64,usr/lib/dotnet}
    cp "$(command -v busybox)" "$root/bin/busybox"
    cp "$here/kernel-matrix/init" "$root/init"
    chmod +x "$root/init"
    echo 'root:x:0:0:root:/root:/bin/sh' > "$root/etc/passwd"
    echo 'root:x:0:' > "$root/etc/group"
    echo '127.0.0.1 localhost matrix' > "$root/etc/hosts"
    touch "$root/etc/bpfsharp-kernel-matrix"

    dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
    runtime=$(dotnet --list-runtimes | awk '$1 == "Microsoft.NETCore.App" && $2 ~ /^10\./ { v = $2 } END { print v }')
    [ -n "$runtime" ] || die "no .NET 10 runtime is installed"
    cp "$dotnet/dotnet" "$root/usr/lib/dotnet/"
    (cd "$dotnet" && cp -r --parents "host/fxr/$runtime" "shared/Microsoft.NETCore.App/$runtime" "$root/usr/lib/dotnet/")
    rm -f "$root/usr/lib/dotnet/shared/Microsoft.NETCore.App/$runtime/libcoreclrtraceptprovider.so" # wants LTTng
    ln -s /usr/lib/dotnet/dotnet "$root/usr/bin/dotnet"

    for tool in ip tc bpftool; do cp -L "$(command -v "$tool")" "$root/usr/sbin/"; done
    find "$root" -type f \( -name '*.so' -o -name dotnet -o -path '*/usr/sbin/*' \) -exec ldd {} + 2> /dev/null |
        grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r file; do
        [ -e "$root/$file" ] || case $file in "$root"/*) ;; *) cp -L --parents "$file" "$root" ;; esac
    done
    archive "$root" > "$1"
    rm -rf "$root"
}

# pack_modules VERSION FILE: the modules of modules.txt and what they need, in the order in which they load.
pack_modules() {
    local version=$1 root=$work/modules-$1 module
    rm -rf "$root"
    mkdir -p "$root/modules"
    touch "$root/modules/order"
    while read -r module; do add_module "$cache/$version/modules" "$root/modules" "$module"; done < <(grep -v '^#' "$here/kernel-matrix/modules.txt")
    archive "$root" > "$2"
    rm -rf "$root"
}

# add_module FROM TO NAME: the dependencies first, as the module itself names them
add_module() {
    local from=$1 to=$2 name=${3//-/_} file needs need
    [ -e "$to/$name.ko" ] && return
    file=$(find "$from" -type f \( -name "${name//_/[_-]}.ko" -o -name "${name//_/[_-]}.ko.xz" -o -name "${name//_/[_-]}.ko.zst" \) | head -n 1)
    case $file in
        '') return ;;
        *.xz) xz -dc "$file" > "$to/$name.ko" ;;
        *.zst) zstd -qdc "$file" > "$to/$name.ko" ;;
        *) cp "$file" "$to/$name.ko" ;;
    esac
    needs=$(tr '\0' '\n' < "$to/$name.ko" | sed -n 's/^depends=//p' | head -n 1)
    for need in ${needs//,/ }; do add_module "$from" "$to" "$need"; done
    echo "$name.ko" >> "$to/order"
}
