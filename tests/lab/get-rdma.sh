#!/usr/bin/env bash
# get-rdma.sh DIR: makes DIR/vmlinux, Debian's stock kernel of bookworm-backports, and DIR/initrd.zst, a guest for it that has RDMA in
# software: rdma_rxe with its modules, rdma-core's libraries, `rdma`, `ip`, and the init beside this script. Nothing is installed. What is
# made holds GPL software: it is made where it is tested, and given to nobody.
set -eu
here=$(dirname "$(readlink -f "$0")")
dir=$(realpath -m "$1")
base=bookworm suite=bookworm-backports
rm -rf "$dir.new" "$dir"
made=$dir.new
root=$made/root
mkdir -p "$made/apt/lists/partial" "$made/apt/cache/archives/partial" "$made/kernel" "$made/tree" "$root"
mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" "$base" "$keys" "$mirror" "$suite" >"$made/apt/sources"
touch "$made/apt/status"
options=(-oDir::Etc::SourceList="$made/apt/sources" -oDir::Etc::SourceParts=/dev/null -oDir::State::Lists="$made/apt/lists"
  -oDir::Cache="$made/apt/cache" -oDir::State::status="$made/apt/status" -oDebug::NoLocking=1 -oAPT::Sandbox::User=root
  -oAPT::Architecture=amd64)
timeout 300 apt-get "${options[@]}" -qq update
kernel=$(apt-cache "${options[@]}" show linux-image-amd64 | awk '$1 == "Depends:" && $2 ~ /^linux-image-6\.12\./ {print $2; exit}')
[ -n "$kernel" ] || { echo "get-rdma.sh: no kernel 6.12 in $suite" >&2; exit 1; }
(cd "$made/kernel" && timeout 600 apt-get "${options[@]}" -qq -t "$suite" download "$kernel" && dpkg-deb -x ./*.deb . && rm -- *.deb)
(
  cd "$made/apt/cache/archives"
  timeout 600 apt-get "${options[@]}" -qq download libibverbs1 librdmacm1 ibverbs-providers ibverbs-utils rdmacm-utils iproute2 kmod libkmod2 \
    busybox-static dash libc6 libgcc-s1 libnl-3-200 libnl-route-3-200 libmnl0 libbpf1 libelf1 libcap2 libbsd0 libmd0 zlib1g libzstd1 \
    liblzma5 libssl3 libselinux1 libpcre2-8-0 libtirpc3 libdb5.3 libxtables12
)
for package in "$made"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$made/tree"; done
busybox=$(find "$made/tree" -path '*/bin/busybox' -type f | head -n 1)
libraries=usr/lib/x86_64-linux-gnu

# What the guest has: programs and libraries as their packages lay them, less documents and drivers of cards that it does not have.
mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,tmp,run,host,jre,repo,etc}
cp "$busybox" "$root/bin/busybox"
"$busybox" --list | while read -r applet; do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
for part in bin sbin lib lib64 usr/bin usr/sbin usr/lib; do
  [ ! -d "$made/tree/$part" ] || (mkdir -p "$root/$part" && cp -a --remove-destination "$made/tree/$part/." "$root/$part/")
done
find "$root/$libraries/libibverbs" -name 'lib*.so' ! -name 'librxe*' -delete
mkdir -p "$root/etc/libibverbs.d"
cp "$made/tree/etc/libibverbs.d/rxe.driver" "$root/etc/libibverbs.d/"
find "$root" -path '*gconv*' -type f -delete
ln -sf dash "$root/bin/sh"
cp "$here/rdma-init" "$root/init"
chmod 755 "$root/init"

# The modules that it loads and those that they need.
boot=$(find "$made/kernel/boot" -name 'vmlinuz-*')
version=${boot##*/vmlinuz-}
modules=$(find "$made/kernel" -type d -path "*/modules/$version" | head -n 1)
tree=${modules%/lib/modules/*}
kmod() { ln -sf "$(find "$made/tree" -path '*bin/kmod' -type f | head -n 1)" "$made/$1" && LD_LIBRARY_PATH=$made/tree/lib/x86_64-linux-gnu:$made/tree/$libraries "$made/$@"; }
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
rm -rf "$made/apt" "$made/tree" "$made/root" "$made/kernel" "$made/depmod" "$made/modprobe"
mv "$made" "$dir"
echo "RDMA guest: $kernel"
