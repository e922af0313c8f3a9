# Sourced by kernel-matrix.sh. Fetches kernels as Debian packages, once per machine: apt checks them against the archive's signing keys,
# with a configuration of its own, so that neither the machine's sources nor its packages change.

# fetch VERSION SUITE PATTERNS [ARCHITECTURE]: fills $cache/VERSION with vmlinuz, release and modules/
fetch() {
    local version=$1 suite=$2 patterns=$3 architecture=${4:-amd64} target=$cache/$1
    [ -e "$target/release" ] && return
    mkdir -p "$cache"
    (
        flock 9
        [ -e "$target/release" ] && exit
        echo "fetching Linux $version (Debian $suite)"
        local tmp=$cache/$version.tmp apt
        rm -rf "$tmp" "$target"
        mkdir -p "$tmp/debs" "$tmp/root"
        archive_of "$tmp/apt" "$suite" "$architecture"
        local pattern package
        for pattern in $patterns; do
            package=$(apt-cache "${apt[@]}" pkgnames | grep -xE "$pattern" | sort -V | tail -n 1)
            [ -n "$package" ] || die "Debian $suite has no package that matches $pattern"
            (cd "$tmp/debs" && apt-get "${apt[@]}" download "$package")
        done
        local deb
        for deb in "$tmp"/debs/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
        local modules vmlinuz
        modules=$(find "$tmp/root" -type d -path '*/lib/modules/*' -name kernel | head -n 1)
        vmlinuz=$(find "$tmp/root" -type f -name 'vmlinuz*' | head -n 1)
        [ -n "$modules" ] && [ -n "$vmlinuz" ] || die "the packages of Linux $version hold no kernel or no modules"
        mkdir "$tmp/done"
        mv "$vmlinuz" "$tmp/done/vmlinuz"
        basename "$(dirname "$modules")" > "$tmp/done/release"
        mv "$modules" "$tmp/done/modules"
        mv "$tmp/done" "$target"
        rm -rf "$tmp"
    ) 9> "$cache/lock"
}

# archive_of FOLDER SUITE ARCHITECTURE: sets apt to the options with which apt's programs use that part of the archive, and keep what they know of it in FOLDER
archive_of() {
    mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
    echo "deb [arch=$3 target=Packages signed-by=$(debian_keyring)] $(debian_mirror) $2 main" > "$1/sources.list"
    apt=(-qq -o "APT::Architecture=$3" -o "Dir::Etc::sourcelist=$1/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$1/lists"
        -o "Dir::Cache=$1/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3)
    apt-get "${apt[@]}" update
}

# The Debian archive that this machine is set up to use.
debian_mirror() {
    local mirror=${BPFSHARP_DEBIAN_MIRROR:-} codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v codename="$codename" '$1 == codename && $2 == "main" { print $3; exit }')
    [ -n "$mirror" ] || die "apt on this machine has no Debian archive: set BPFSHARP_DEBIAN_MIRROR to the base URL of one"
    echo "$mirror"
}

debian_keyring() {
    local keyring
    for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
        [ -e "$keyring" ] && echo "$keyring" && return
    done
    die "the Debian archive's keys are missing: install the package debian-archive-keyring"
}
