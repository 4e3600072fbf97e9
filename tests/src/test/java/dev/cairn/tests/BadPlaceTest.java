package dev.cairn.tests;

import dev.cairn.store.io.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is wrong with the place where a store lies is told in one line, with its exit code, and
 * costs no data.
 */
class BadPlaceTest {
  private static final List<String> SMALL_JVM =
      List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final Path directory;

  BadPlaceTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private String child(List<String> launcher, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    try (Child child = Child.java(directory, launcher, SMALL_JVM, main, arguments)) {
      String said = child.await(0);
      said.lines().filter(line -> line.startsWith("place: ")).forEach(System.out::println);
      return said;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes", "files"})
  void aFullDiskRefusesEveryCommandAndLosesNothing(String what)
      throws IOException, InterruptedException {
    child(PrivateMounts.launcher(directory), FullDiskMain.class, directory.toString(), what);
  }

  @Test
  void aReadOnlyStoreIsReadAndNotWritten() throws IOException, InterruptedException {
    child(PrivateMounts.launcher(directory), ReadOnlyMain.class, directory.toString());
  }

  @Test
  void whatMayNotBeReadOrWrittenIsTold() throws IOException, InterruptedException {
    child(PrivateMounts.withoutPrivileges(), NoPermissionMain.class, directory.toString());
  }

  /**
   * A file system that the kernel does not own: no NFS, SMB or 9p is at hand, but FUSE is treated
   * as they are. That those are refused by name: FileSystemDirectoryTest, through the seam.
   */
  @Test
  void aFileSystemOfAnotherMachineIsRefused() throws IOException, InterruptedException {
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    String mount =
        "exec 3<>/dev/fuse"
            + " && mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 test \"$0\""
            + " && exec \"$@\" <&3 3>&-";
    List<String> launcher = new ArrayList<>(PrivateMounts.launcher(directory));
    launcher.addAll(List.of("sh", "-c", mount, mounted.toString()));
    List<String> probe = new ArrayList<>(launcher);
    probe.add("true");
    if (PrivateMounts.exit(probe) != 0) {
      Missing.part("/dev/fuse and the right to mount it");
    }
    child(launcher, FuseMain.class, mounted.toString());
  }
}
