#!/usr/bin/env bash
# rdma.sh LAB JDK [-s SECONDS] [-m MIB] MAIN [ARGUMENT…]: runs a main class of this build in a guest that has RDMA in software, under
# QEMU's own emulation (/dev/kvm may be there and hang). Its clock counts instructions, one a nanosecond: so its deadlines mean the same on
# a busy host. Its words are the guest's; the last line is the verdict, and so is the exit
# code: 0 passed, 1 failed, 2 skipped, with what is missing. LAB is made by .ci/setup. The guest sees this checkout in /repo (not
# writable), a directory for files in /host, and 10.9.0.1 on its RDMA device.
set -eu
home=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
lab=$(realpath -m "$1") jdk=$2
shift 2
seconds=240 memory=2048
while [ "${1:-}" = -s ] || [ "${1:-}" = -m ]; do
  if [ "$1" = -s ]; then seconds=$2; else memory=$2; fi
  shift 2
done

skip() {
  echo "rdma lab: skipped: $*"
  exit 2
}
qemu=$lab/qemu10/qemu10
[ -x "$qemu" ] || skip "no QEMU in $lab: run .ci/setup $lab"
[ -f "$lab/rdma/vmlinux" ] && [ -f "$lab/rdma/initrd.zst" ] || skip "no guest with RDMA in $lab: run .ci/setup $lab"
[ -x "$jdk/bin/jlink" ] || skip "no jlink in $jdk: a whole JDK is needed"
[ -d "$home/transport/target/test-classes" ] && [ -d "$home/tools/target/lib" ] && [ -d "$home/tests/target/lab-lib" ] || skip "the tests are not compiled: run $home/cairn build"

# A runtime of the modules that are needed, one for each JDK.
runtime=$lab/rdma-jre-$(cksum <"$jdk/release" | tr ' ' -)
if [ ! -x "$runtime/bin/java" ]; then
  rm -rf "$runtime.$$"
  "$jdk/bin/jlink" --add-modules java.base,java.logging,java.management,java.naming,jdk.management,jdk.net,jdk.unsupported,jdk.httpserver,jdk.crypto.ec \
    --strip-debug --no-header-files --no-man-pages --output "$runtime.$$"
  "$runtime.$$/bin/java" -Xshare:dump >/dev/null
  mv -T "$runtime.$$" "$runtime" 2>/dev/null || rm -rf "$runtime.$$"
fi

share=$(mktemp -d)
qemu_pid=
finish() {
  [ -z "$qemu_pid" ] || kill "$qemu_pid" 2>/dev/null || true
  rm -rf "$share"
}
trap finish EXIT
trap 'exit 1' INT TERM
{
  echo 'cp=/repo/transport/target/test-classes:/repo/tests/target/test-classes'
  echo 'for jar in /repo/tools/target/cairn-tools-*.jar; do cp=$cp:$jar; done'
  echo 'cp=$cp:/repo/tools/target/lib/*:/repo/tests/target/lab-lib/*'
  echo 'java="/jre/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xmx512m --enable-native-access=ALL-UNNAMED -cp $cp"'
  echo 'export java'
  printf 'exec $java'
  printf ' %q' "$@"
  echo
} >"$share/run.sh"
log=$share/log
timeout -k 5 "$seconds" "$qemu" -accel tcg,thread=single -icount shift=0 -cpu Nehalem -smp 2 -m "$memory" -nodefaults -no-user-config -display none -no-reboot \
  -kernel "$lab/rdma/vmlinux" -initrd "$lab/rdma/initrd.zst" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off tsc=unstable clocksource=acpi_pm" -serial stdio -monitor none \
  -device isa-debug-exit,iobase=0xf4,iosize=0x01 \
  -virtfs local,path="$share",mount_tag=host,security_model=none,readonly=off \
  -virtfs local,path="$runtime",mount_tag=jre,security_model=none,readonly=on,multidevs=remap \
  -virtfs local,path="$home",mount_tag=repo,security_model=none,readonly=on,multidevs=remap \
  -device virtio-rng-pci </dev/null > >(tee "$log") 2>&1 &
qemu_pid=$!
code=0
wait "$qemu_pid" || code=$?
qemu_pid=
# The guest's exit code n comes out of QEMU as 2n+1: 1 is the only way to say that all went well; a panic is 0, a guest that hangs 124.
if [ $code = 1 ] && tr -d '\r' <"$log" | grep -qx 'LAB-DONE rc=0'; then
  echo "rdma lab: passed"
elif [ $code = $((2 * 96 + 1)) ]; then
  echo "rdma lab: failed: the guest has no RDMA device"
  exit 1
elif [ $code = 124 ] || [ $code = 137 ]; then
  echo "rdma lab: failed: not done in $seconds s"
  exit 1
else
  echo "rdma lab: failed: exit code $(((code - 1) / 2)) of the guest ($code)"
  exit 1
fi
