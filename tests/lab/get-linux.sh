#!/usr/bin/env bash
# get-linux.sh DIR: makes DIR/vmlinuz, Debian's kernel for clouds, and DIR/initrd.gz, its guest: busybox, virtio modules and the init
# beside this script. Nothing is installed. What is made holds GPL software: it is made where it is tested, and given to nobody.
set -eu
here=$(dirname "$(readlink -f "$0")")
dir=$(realpath -m "$1")
suite=bookworm
rm -rf "$dir.new" "$dir"
made=$dir.new
mkdir -p "$made/apt/lists/partial" "$made/apt/cache/archives/partial" "$made/tree" "$made/root/bin" "$made/root/modules"
mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" "$suite" >"$made/apt/sources"
touch "$made/apt/status"
options=(-oDir::Etc::SourceList="$made/apt/sources" -oDir::Etc::SourceParts=/dev/null -oDir::State::Lists="$made/apt/lists"
  -oDir::Cache="$made/apt/cache" -oDir::State::status="$made/apt/status" -oDebug::NoLocking=1 -oAPT::Sandbox::User=root
  -oAPT::Architecture=amd64)
apt-get "${options[@]}" -qq update
kernel=$(apt-cache "${options[@]}" depends linux-image-cloud-amd64 | awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9].*-cloud-amd64$/ {print $2; exit}')
[ -n "$kernel" ] || { echo "get-linux.sh: no kernel in $suite" >&2; exit 1; }
(cd "$made/apt/cache/archives" && apt-get "${options[@]}" -qq download "$kernel" busybox-static)
for package in "$made"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$made/tree"; done
cp "$made"/tree/boot/vmlinuz-* "$made/vmlinuz"
busybox=$(find "$made/tree" -path '*/bin/busybox' -type f | head -n 1)
cp "$busybox" "$made/root/bin/busybox"
cp "$here/init" "$made/root/init"
chmod 755 "$made/root/init"
# In the order in which they need each other; those that this kernel has built in are no files.
: >"$made/root/modules/order"
for module in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk failover net_failover virtio_net; do
  file=$(find "$made/tree" -name "$module.ko*" | head -n 1)
  [ -n "$file" ] || continue
  cp "$file" "$made/root/modules/"
  echo "${file##*/}" >>"$made/root/modules/order"
done
(cd "$made/root" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc 2>/dev/null) | gzip -9n >"$made/initrd.gz"
rm -rf "$made/apt" "$made/tree" "$made/root"
mv "$made" "$dir"
echo "Linux guest: $kernel"
