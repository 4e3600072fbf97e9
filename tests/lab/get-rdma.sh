#!/usr/bin/env bash
# get-rdma.sh DIR: makes DIR/vmlinux, the stock kernel of Debian trixie, and DIR/initrd.zst, a guest for it that has RDMA in software:
# rdma_rxe with its modules, rdma-core's libraries, `rdma`, `ip`, and the init beside this script. Nothing is installed. What is
# made holds GPL software: it is made where it is tested, and given to nobody.
# Not bookworm: a process of its rdma-core (44) that has more than three rsockets dies (rdma-core pull request 1484, in 53 and newer).
set -eu
here=$(dirname "$(readlink -f "$0")")
dir=$(realpath -m "$1")
suite=trixie
rm -rf "$dir.new" "$dir"
made=$dir.new
root=$made/root
mkdir -p "$made/apt/lists/partial" "$made/apt/cache/archives/partial" "$made/kernel" "$made/tree" "$root"
mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" "$suite" >"$made/apt/sources"
touch "$made/apt/status"
options=(-oDir::Etc::SourceList="$made/apt/sources" -oDir::Etc::SourceParts=/dev/null -oDir::State::Lists="$made/apt/lists"
  -oDir::Cache="$made/apt/cache" -oDir::State::status="$made/apt/status" -oDebug::NoLocking=1 -oAPT::Sandbox::User=root
  -oAPT::Architecture=amd64)
timeout 300 apt-get "${options[@]}" -qq update
kernel=$(apt-cache "${options[@]}" show linux-image-amd64 | awk '$1 == "Depends:" && $2 ~ /^linux-image-6\.12\./ {print $2; exit}')
[ -n "$kernel" ] || { echo "get-rdma.sh: no kernel 6.12 in $suite" >&2; exit 1; }
(cd "$made/kernel" && timeout 600 apt-get "${options[@]}" -qq download "$kernel" && dpkg-deb -x ./*.deb . && rm -- *.deb)
(
  cd "$made/apt/cache/archives"
  timeout 600 apt-get "${options[@]}" -qq download libibverbs1 librdmacm1t64 ibverbs-providers iproute2 kmod libkmod2 \
    busybox-static dash libc6 libgcc-s1 libnl-3-200 libnl-route-3-200 libmnl0 libbpf1 libelf1t64 libcap2 libbsd0 libmd0 zlib1g libzstd1 \
    liblzma5 libssl3t64 libselinux1 libpcre2-8-0 libtirpc3t64 libdb5.3t64 libxtables12
)
for package in "$made"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$made/tree"; done
busybox=$(find "$made/tree" -path '*/bin/busybox' -type f | head -n 1)
libraries=usr/lib/x86_64-linux-gnu

# What the guest has: programs and libraries as their packages lay them, all in one /usr, less documents and drivers of cards that it does
# not have. A program of a package goes before busybox's of its name.
mkdir -p "$root"/{usr/bin,usr/lib,usr/lib64,proc,sys,dev,tmp,run,host,jre,repo,etc}
for part in bin lib lib64; do ln -s "usr/$part" "$root/$part"; done
ln -s usr/bin "$root/sbin"
ln -s bin "$root/usr/sbin"
cp "$busybox" "$root/bin/busybox"
"$busybox" --list | while read -r applet; do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
for part in sbin usr/sbin bin usr/bin lib lib64 usr/lib usr/lib64; do # /usr/sbin/ip leads to /bin/ip
  [ ! -d "$made/tree/$part" ] || cp -a --remove-destination "$made/tree/$part/." "$root/$part/"
done
find "$root/$libraries/libibverbs" -name 'lib*.so' ! -name 'librxe*' -delete
mkdir -p "$root/etc/libibverbs.d"
cp "$made/tree/etc/libibverbs.d/rxe.driver" "$root/etc/libibverbs.d/"
rm -rf "$root/$libraries/gconv"
ln -sf dash "$root/bin/sh"
cp "$here/rdma-init" "$root/init"
chmod 755 "$root/init"

# The modules that it loads and those that they need. kmod is of the guest, and so is the loader that runs it here.
boot=$(find "$made/kernel/boot" -name 'vmlinuz-*')
version=${boot##*/vmlinuz-}
modules=$(find "$made/kernel" -type d -path "*/modules/$version" | head -n 1)
tree=${modules%/lib/modules/*}
loader=$(find "$made/tree" -name 'ld-linux-x86-64.so.2' | head -n 1)
kmod() { "$loader" --argv0 "$1" --library-path "$made/tree/$libraries" "$(find "$made/tree" -path '*bin/kmod' -type f | head -n 1)" "${@:2}"; }
kmod depmod -b "$tree" "$version"
mkdir -p "$root/lib/modules/$version"
for module in crc32_generic rdma_rxe rdma_ucm ib_uverbs dummy virtio_pci 9p 9pnet_virtio virtio_rng virtio_net; do
  kmod modprobe -S "$version" -d "$tree" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
done | sort -u | while read -r file; do
  into=$root/lib/modules/$version/${file#*/modules/"$version"/}
  mkdir -p "${into%/*}"
  cp "$file" "$into"
done
cp "$modules"/modules.order "$modules"/modules.builtin* "$root/lib/modules/$version/"
kmod depmod -b "$root" "$version"

# The kernel is unpacked here: software emulation takes seconds for it. What it is packed with depends on its version.
is_kernel() { [ "$(head -c 4 "$made/vmlinux" 2>/dev/null | tail -c 3)" = ELF ]; }
for form in '\x28\xb5\x2f\xfd:zstd -dcq' '\xfd\x37\x7a\x58\x5a\x00:xz -dcq'; do
  while ! is_kernel && read -r at; do
    tail -c "+$((at + 1))" "$boot" | ${form#*:} >"$made/vmlinux" 2>/dev/null || true # what is packed ends before the file does
  done < <(LC_ALL=C grep -aobP "${form%%:*}" "$boot" | cut -d: -f1)
done
is_kernel || { echo "get-rdma.sh: $boot: packed in no way that is known here" >&2; exit 1; }
(cd "$root" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc 2>/dev/null) | zstd -q -3 >"$made/initrd.zst"
rm -rf "$made/apt" "$made/tree" "$made/root" "$made/kernel"
mv "$made" "$dir"
echo "RDMA guest: $kernel"
