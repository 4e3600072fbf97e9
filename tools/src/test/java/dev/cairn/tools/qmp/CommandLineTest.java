package dev.cairn.tools.qmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No secret of a command line is stored; what is none stays as it is. */
class CommandLineTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "-object | secret,id=s,data=hunter2,format=raw | secret,id=s,data=***,format=raw",
        "-object | secret,id=s,data=a,,b | secret,id=s,data=***",
        "-object | qom-type=secret,data=hunter2 | qom-type=secret,data=***",
        "-object | memory-backend-file,id=m,size=1G | memory-backend-file,id=m,size=1G",
        "-object | secret,id=s,file=/etc/s | secret,id=s,file=/etc/s",
        "-spice | port=1,password=hunter2,x=y | port=1,password=***,x=y",
        "-vnc | :1,password=on | :1,password=on",
        "-drive | file=https://joe:pw@h/x.img,if=none | file=https://***@h/x.img,if=none",
        "-drive | driver=ssh,file.password=pw,x=1 | driver=ssh,file.password=***,x=1",
        "-drive | file=a.luks,key-secret=sec0,encrypt.key-secret=s | "
            + "file=a.luks,key-secret=sec0,encrypt.key-secret=s",
        "-iscsi | user=me,password=pw,password-secret=s | user=me,password=***,password-secret=s",
        "-fw_cfg | name=opt/x,string=very | name=opt/x,string=***",
        "-smbios | type=11,value=io.systemd.credential:a=b | type=11,value=***",
        "-append | console=ttyS0 db.password=x root=/dev/vda | "
            + "console=ttyS0 db.password=*** root=/dev/vda",
        "-append | token=\"a b\" quiet | token=*** quiet",
        "-blockdev | {\"driver\":\"https\",\"password\":\"x\",\"url\":\"https://a:b@c/\"} | "
            + "{\"driver\":\"https\",\"password\":\"***\",\"url\":\"https://***@c/\"}",
        "-object | {\"qom-type\":\"secret\",\"id\":\"s\",\"data\":\"x\"} | "
            + "{\"qom-type\":\"secret\",\"id\":\"s\",\"data\":\"***\"}",
        "-object | {\"qom-type\":\"secret\",\"data\":\"x | ***",
        "-device | virtio-net-pci,netdev=n,mac=52:54:00:12:34:57 | "
            + "virtio-net-pci,netdev=n,mac=52:54:00:12:34:57",
      })
  void secretsAreBlanked(String option, String word, String expected) {
    assertEquals(
        List.of("qemu", option, expected), CommandLine.blanked(List.of("qemu", option, word)));
    String twoDashes = "-" + option;
    assertEquals(
        List.of("qemu", twoDashes, expected),
        CommandLine.blanked(List.of("qemu", twoDashes, word)));
  }

  @Test
  void namesOfBlockNodesAreBlankedToo() {
    assertEquals(
        "json:{\"driver\":\"qcow2\",\"file\":{\"password\":\"***\"}}",
        CommandLine.blanked("json:{\"driver\":\"qcow2\", \"file\": {\"password\": \"x\"}}"));
    assertEquals("nbd://***@host/x", CommandLine.blanked("nbd://a:b@host/x"));
    assertEquals("/var/disk=1,a.qcow2", CommandLine.blanked("/var/disk=1,a.qcow2"));
  }

  @Test
  void whatBelongsToOneRunIsLeftOut() {
    assertEquals(
        List.of("qemu", "-m", "64", "-S"),
        CommandLine.startWords(
            List.of(
                "qemu",
                "-incoming",
                "defer",
                "-m",
                "64",
                "--daemonize",
                "-pidfile",
                "/run/x",
                "-S",
                "--incoming",
                "tcp:0:1")));
  }

  @Test
  void aProgramIsKnownByItsName() {
    assertTrue(CommandLine.isQemu(List.of("/usr/bin/qemu-system-x86_64", "-m", "64")));
    assertTrue(CommandLine.isQemu(List.of("/usr/libexec/qemu-kvm")));
    assertTrue(CommandLine.isQemu(List.of("/usr/bin/kvm")));
    assertTrue(
        CommandLine.isQemu(
            List.of("/x/ld-linux-x86-64.so.2", "--library-path", "/x", "/x/qemu-system-x86_64")));
    assertFalse(CommandLine.isQemu(List.of("/usr/sbin/libvirtd", "--pid-file", "/run/qemu")));
    assertFalse(CommandLine.isQemu(List.of("/opt/qemu/java")));
    assertFalse(CommandLine.isQemu(List.of()));
    assertFalse(CommandLine.isQemu(ProcessHandle.current().pid()));
    assertFalse(CommandLine.isQemu(Long.MAX_VALUE));
  }
}
