#!/usr/bin/env bash
# rdma.sh LAB JDK [-s SECONDS] [-m MIB] [-d LIBDISNI] MAIN [ARGUMENT…] [-- MAIN [ARGUMENT…]]…: runs main classes of this build, one after the other, in a
# guest that has RDMA in software, under QEMU's own emulation (/dev/kvm may be there and hang). Its clock counts instructions, one a
# nanosecond: so its deadlines mean the same on a busy host. Its words are the guest's; the last line is the verdict, and so is the exit
# code: 0 passed, 1 failed, 2 skipped, with what is missing. LAB is made by .ci/setup. The guest sees this checkout in /repo (not
# writable), a directory for files in /host, and 10.9.0.1 on its RDMA device. -d: calls of RDMA are made by LIBDISNI, a libdisni.so.
# rdma.sh LAB JDK [-s SECONDS] --pair MAIN: runs `MAIN make DIRECTORY` here, and boots two guests with one network and DIRECTORY in /host:
# 10.9.0.1, which runs `MAIN serve` and whose words begin with "A ", and 10.9.0.2, which runs `MAIN` and decides. When the second says
# LAB-KILL, the first one's QEMU is killed as `kill -9` does.
set -eu
home=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
lab=$(realpath -m "$1") jdk=$2
shift 2
seconds=240 memory=2048 pair= disni=
while :; do
  case ${1:-} in
    -s) seconds=$2 && shift 2 ;;
    -m) memory=$2 && shift 2 ;;
    -d) disni=$(realpath "$2") && shift 2 ;;
    --pair) pair=1 && shift ;;
    *) break ;;
  esac
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
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$share"
}
trap finish EXIT
trap 'exit 1' INT TERM

# class path, seen from a directory that has this checkout
classes() {
  printf '%s' "$1/transport/target/test-classes:$1/tests/target/test-classes"
  for jar in "$home"/tools/target/cairn-tools-*.jar; do printf ':%s' "$1/tools/target/${jar##*/}"; done
  printf '%s' ":$1/tools/target/lib/*:$1/tests/target/lab-lib/*"
}

# What a guest runs: each of the mains, whatever became of those before it; it leaves with the first code that is not 0.
script() {
  echo "java='/jre/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xmx512m --enable-native-access=ALL-UNNAMED -cp $(classes /repo)'"
  echo 'export java; rc=0'
  [ -z "$disni" ] || echo "export CAIRN_RDMA_PROVIDER=disni JDK_JAVA_OPTIONS='--add-exports java.base/sun.nio.ch=ALL-UNNAMED -Djava.library.path=/host'"
  while [ $# != 0 ]; do
    printf 'echo "LAB-MAIN %s"; $java' "$1"
    while [ $# != 0 ] && [ "$1" != -- ]; do
      printf ' %q' "$1"
      shift
    done
    echo ' || { one=$?; [ $rc != 0 ] || rc=$one; }'
    [ $# = 0 ] || shift
  done
  echo 'exit $rc'
}

# boot SHARE ADDRESS [OPTION…]: has a guest as a child, pid in `guest`; its words go to standard output, and to SHARE/log.
boot() {
  local dir=$1 address=$2 log=$1/log
  shift 2
  timeout -k 5 "$seconds" "$qemu" -accel tcg,thread=single -icount shift=0 -cpu Nehalem -smp 2 -m "$memory" -nodefaults -no-user-config -display none -no-reboot \
    -kernel "$lab/rdma/vmlinux" -initrd "$lab/rdma/initrd.zst" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off tsc=unstable clocksource=acpi_pm cairn_address=$address" -serial stdio -monitor none \
    -device isa-debug-exit,iobase=0xf4,iosize=0x01 \
    -virtfs local,path="$dir",mount_tag=host,security_model=none,readonly=off \
    -virtfs local,path="$runtime",mount_tag=jre,security_model=none,readonly=on,multidevs=remap \
    -virtfs local,path="$home",mount_tag=repo,security_model=none,readonly=on,multidevs=remap \
    -device virtio-rng-pci "$@" </dev/null > >(tee "$log") 2>&1 &
  guest=$!
  pids+=("$guest")
}

if [ -n "$pair" ]; then
  main=$1
  mkdir "$share/a" "$share/b"
  "$jdk/bin/java" --enable-native-access=ALL-UNNAMED -cp "$(classes "$home")" "$main" make "$share/a"
  cp -r "$share/a/." "$share/b"
  script "$main" serve >"$share/a/run.sh"
  script "$main" >"$share/b/run.sh"
  # The wire between them is a socket pair of this machine's: a file's name takes no port from anybody.
  wire() { printf '%s' "dgram,id=n,local.type=unix,local.path=$share/$1.sock,remote.type=unix,remote.path=$share/$2.sock"; }
  boot "$share/a" 10.9.0.1 -netdev "$(wire a b)" -device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01,host_mtu=4200 > >(stdbuf -oL sed 's/^/A /')
  first=$guest
  disown "$first" # how it ends is no news
  boot "$share/b" 10.9.0.2 -netdev "$(wire b a)" -device virtio-net-pci,netdev=n,mac=52:54:00:00:00:02,host_mtu=4200
  (
    until grep -q LAB-KILL "$share/b/log" 2>/dev/null; do sleep 0.1; done
    pkill -9 -P "$first" # the QEMU; its parent is the one that limits its time
    echo "rdma lab: 10.9.0.1 is killed"
  ) &
  pids+=($!)
  log=$share/b/log
else
  script "$@" >"$share/run.sh"
  [ -z "$disni" ] || cp "$disni" "$share/libdisni.so"
  boot "$share" 10.9.0.1
  log=$share/log
fi
code=0
wait "$guest" || code=$?
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
