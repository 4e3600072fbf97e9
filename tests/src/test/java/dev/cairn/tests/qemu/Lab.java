package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where .ci/setup has put QEMUs and a Linux guest. What is missing fails a test in CI; elsewhere
 * the test is skipped and names it.
 */
public final class Lab {
  /** The newest QEMU that is tested: 11.1. */
  public static final String QEMU_11 = "qemu11";

  /** The oldest: 10.0.2, in which COLO does not start. */
  public static final String QEMU_10 = "qemu10";

  private Lab() {}

  /** Returns the versions that are tested. */
  public static List<String> versions() {
    return List.of(QEMU_10, QEMU_11);
  }

  /** Returns the program of a version. */
  public static Path qemu(String version) {
    return present(version, version + "/" + version);
  }

  /** Returns the kernel of the Linux guest. */
  public static Path kernel() {
    return present("the Linux guest's kernel", "linux/vmlinuz");
  }

  /** Returns the first file system of the Linux guest. */
  public static Path initrd() {
    return present("the Linux guest's initramfs", "linux/initrd.gz");
  }

  private static Path present(String what, String file) {
    String lab = System.getProperty("cairn.lab", "");
    Path path = Path.of(lab).resolve(file).toAbsolutePath();
    boolean present = !lab.isEmpty() && Files.exists(path);
    assertTrue(present || !"true".equals(System.getenv("CI")), () -> "in CI there is " + what);
    assumeTrue(present, () -> what + " is missing: run .ci/setup LAB, then -Dcairn.lab=LAB");
    return path;
  }
}
