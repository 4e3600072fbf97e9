#!/usr/bin/env bash
# install.sh PACKAGE DIRECTORY: installs, tries, removes, purges and installs again a package of Cairn in a copy of this system that is
# only laid over it: DIRECTORY is where a tmpfs is mounted, for what would be changed. To be run by root as: unshare --mount install.sh …
# Tells each thing that it has seen; ends with 1 at the first that is not as it should be.
set -eu
package=$1 directory=$2
mount -t tmpfs tmpfs "$directory"
mkdir "$directory"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$directory/root"
root=$directory/root
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run" # no service manager runs in it
mount -t tmpfs tmpfs "$root/tmp"
for jvm in /usr/lib/jvm /opt; do # no JDK
  [ ! -d "$root$jvm" ] || mount -t tmpfs tmpfs "$root$jvm"
done
cp "$package" "$root/tmp/cairn.deb"

in_root() { env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin JAVA_HOME=/none chroot "$root" "$@"; }
as_cairn() { in_root setpriv --reuid=cairn --regid=cairn --clear-groups "$@"; }
seen() { echo "seen: $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: expected $2, found $3"; seen "$1: $2"; }

in_root java -version >/dev/null 2>&1 && fail "there is still a java on the PATH"
before=$(in_root dpkg-query -W -f '${Package}\n' | cksum)
in_root dpkg -i /tmp/cairn.deb
is version "$(in_root cairn --version)" "$(in_root /usr/lib/cairn/bin/cairn --version)"
in_root cairn --version | grep -Eq '^cairn [0-9]' || fail "cairn --version"
is "mode of the store" "700 cairn cairn" "$(in_root stat -c '%a %U %G' /var/lib/cairn)"
for file in capture.env capture.toml maintain.env serve.env; do
  is "mode of $file" "640 root cairn" "$(in_root stat -c '%a %U %G' "/etc/cairn/$file")"
done
is "who else is in the group" "" "$(in_root getent group cairn | cut -d : -f 4)"
is "the user's shell" /usr/sbin/nologin "$(in_root getent passwd cairn | cut -d : -f 7)"

# The store is there, and usable by its user; a JDK is not.
in_root dd if=/dev/urandom of=/tmp/image bs=64K count=1 status=none
for _ in 1 2 3; do as_cairn cairn --store /var/lib/cairn checkpoint vm --from raw:/tmp/image --codec zstd; done
as_cairn cairn --store /var/lib/cairn list vm | grep -q '^ *2 ' || fail "cairn list"
as_cairn cairn --store /var/lib/cairn list --since 2020-01-01T00:00:00Z | grep -q '^vm' || fail "the catalog, which needs RocksDB's library"
is "libraries unpacked to /tmp" "" "$(ls "$root/tmp" | grep -E '\.so$' || true)"
in_root sh -c 'cd /usr/lib/cairn && runtime/bin/java -Xlog:class+load -XX:AOTCache=lib/cairn.aot @lib/jvm.options -cp "$(printf "%s:" /usr/lib/cairn/lib/*.jar | sed s/:\$//)" dev.cairn.tools.Cairn --version' |
  grep -q 'picocli.CommandLine source: shared objects file' || fail "the AOT cache does not fit where it is installed"
seen "the AOT cache fits where it is installed"

# What the timer runs.
set -a
. "$root/etc/cairn/maintain.env"
set +a
as_cairn env KEEP="--keep-last 2" VERIFY="$VERIFY" CAIRN_STORE="$CAIRN_STORE" /usr/lib/cairn/bin/maintain
as_cairn cairn --store /var/lib/cairn list vm | grep -q '^ *0 ' && fail "point 0 should be forgotten"
grep -q '^cairn_verify_findings{chain="vm"} 0$' "$root/var/lib/cairn-metrics/cairn.prom" || fail "the metrics of verify"
seen "forgotten, merged and verified"

for unit in "$root"/usr/lib/systemd/system/cairn-*; do
  name=${unit##*/}
  said=$(in_root systemd-analyze verify --recursive-errors=no "${name/@./@vm.}" 2>&1) || fail "systemd-analyze verify $name: $said"
  is "systemd-analyze verify $name" "" "$said"
done
[ -z "$(in_root man -w cairn-list 2>/dev/null || true)" ] || seen "the manual page is found"

in_root dpkg --remove cairn
is "the program after a removal" "" "$(in_root sh -c 'command -v cairn' || true)"
is "what is left in /usr" "" "$(find "$directory/upper/usr" -iname '*cairn*' ! -type c)"
[ -f "$root/etc/cairn/capture.toml" ] || fail "a removal must leave the configuration"
said=$(in_root dpkg --purge cairn 2>&1)
grep -q 'the store in /var/lib/cairn stays' <<<"$said" || fail "a purge must say what stays, found: $said"
[ ! -e "$root/etc/cairn" ] || fail "a purge must take the configuration"
[ -f "$root/var/lib/cairn/STORE" ] || fail "a purge must leave the store"
is "the owner of what stays" "700 cairn cairn" "$(in_root stat -c '%a %U %G' /var/lib/cairn)"
is "packages as before" "$before" "$(in_root dpkg-query -W -f '${Package}\n' | cksum)"

in_root dpkg -i /tmp/cairn.deb
as_cairn cairn --store /var/lib/cairn list vm | grep -q '^ *2 ' || fail "installed again, the store is not usable"
in_root dpkg -i /tmp/cairn.deb
seen "an upgrade keeps the store: $(as_cairn cairn --store /var/lib/cairn verify)"
echo "all as it should be"
