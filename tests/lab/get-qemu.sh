#!/usr/bin/env bash
# get-qemu.sh DIR NAME BASE SUITE: unpacks the QEMU of a Debian suite with its libraries into DIR, beside the
# system; DIR/NAME runs it. BASE is the suite that SUITE builds on.
set -eu
dir=$(realpath -m "$1") name=$2 base=$3 suite=$4
mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$dir/tree"
mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" "$base" "$keys" "$mirror" "$suite" >"$dir/apt/sources"
touch "$dir/apt/status"
options=(-oDir::Etc::SourceList="$dir/apt/sources" -oDir::Etc::SourceParts=/dev/null -oDir::State::Lists="$dir/apt/lists"
  -oDir::Cache="$dir/apt/cache" -oDir::State::status="$dir/apt/status" -oAPT::Install-Recommends=0 -oDebug::NoLocking=1)
apt-get "${options[@]}" -qq update
apt-get "${options[@]}" -y -t "$suite" --download-only install qemu-system-x86 >/dev/null
for package in "$dir"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$dir/tree"; done
rm -rf "$dir/apt"
libraries=$dir/tree/usr/lib/x86_64-linux-gnu
loader=$(find "$dir/tree" -name 'ld-linux-x86-64.so.2' \( -type f -o -type l \) | head -n 1)
cat >"$dir/$name" <<W
#!/bin/sh
export QEMU_MODULE_DIR=$libraries/qemu
exec $loader --library-path $libraries:$dir/tree/lib/x86_64-linux-gnu $dir/tree/usr/bin/qemu-system-x86_64 -L $dir/tree/usr/share/qemu -L $dir/tree/usr/share/seabios -L $dir/tree/usr/lib/ipxe/qemu "\$@"
W
chmod +x "$dir/$name"
"$dir/$name" --version | head -n 1
