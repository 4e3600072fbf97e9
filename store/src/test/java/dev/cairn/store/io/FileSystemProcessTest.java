package dev.cairn.store.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BusyException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a {@link FileSystemDirectory} promises among processes and towards the kernel. */
@Timeout(120)
final class FileSystemProcessTest {
  private static final long O_CLOEXEC = 0x8_0000;

  private final Path temporary;

  FileSystemProcessTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void aKilledOwnerHoldsNothingAndItsChildKeepsNothing() throws Exception {
    Path path = temporary.resolve("store");
    Process owner = null;
    Optional<ProcessHandle> grandchild = Optional.empty();
    try {
      owner = Children.start(Children.java(OwnerMain.class, path));
      try (BufferedReader said = owner.inputReader()) {
        grandchild = ProcessHandle.of(Long.parseLong(Children.line(said)));
      }
      StoreDirectory directory = FileSystemDirectory.open(path);
      assertTrue(directory.ownerIsAlive("f.tmp"));
      assertTrue(directory.openDirectory("inner").ownerIsAlive("g.tmp"));
      BusyException busy =
          assertThrows(BusyException.class, () -> directory.lock("LOCK", Duration.ZERO).close());
      StoreDirectoryContract.assertSays(path.toRealPath() + "/LOCK is held by another", busy);
      Children.reap(owner);
      assertTrue(grandchild.isPresent() && grandchild.get().isAlive());
      assertFalse(directory.ownerIsAlive("f.tmp"));
      assertFalse(directory.openDirectory("inner").ownerIsAlive("g.tmp"));
      directory.lock("LOCK", Duration.ZERO).close();
    } finally {
      Children.reap(owner);
      grandchild.ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void permissionsArePrivateUnderAnyUmask() throws Exception {
    Path path = temporary.resolve("store");
    List<String> command = new ArrayList<>(List.of("sh", "-c", "umask 000; exec \"$@\"", "sh"));
    command.addAll(Children.java(OwnerMain.class, path));
    Process owner = null;
    Optional<ProcessHandle> grandchild = Optional.empty();
    try {
      owner = Children.start(command);
      try (BufferedReader said = owner.inputReader()) {
        grandchild = ProcessHandle.of(Long.parseLong(Children.line(said)));
      }
      assertEquals("rwx------", permissions(path));
      assertEquals("rwx------", permissions(path.resolve("inner")));
      assertEquals("rw-------", permissions(path.resolve("LOCK")));
      assertEquals("rw-------", permissions(path.resolve("f.tmp")));
      assertEquals("rw-------", permissions(path.resolve("inner/g.tmp")));
    } finally {
      Children.reap(owner);
      grandchild.ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void lockAndTheFlockCommandExcludeEachOther() throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin/flock"))) {
      Missing.part("flock of util-linux");
    }
    FileSystemDirectory directory = FileSystemDirectory.create(temporary.resolve("store"));
    String path = directory.path() + "/LOCK";
    try (StoreLock held = directory.lock("LOCK", Duration.ZERO)) {
      assertTrue(held != null);
      assertEquals(1, Children.run("flock", "-n", path, "true"));
    }
    Process holder = null;
    try {
      // --no-fork: the process that we kill is the one that holds the descriptor.
      holder =
          Children.start(
              List.of("flock", "--no-fork", path, "sh", "-c", "echo held; exec sleep 120"));
      try (BufferedReader said = holder.inputReader()) {
        assertEquals("held", Children.line(said));
      }
      assertThrows(
          BusyException.class, () -> directory.lock("LOCK", Duration.ofMillis(30)).close());
      Children.reap(holder);
      directory.lock("LOCK", Duration.ofSeconds(30)).close();
    } finally {
      Children.reap(holder);
    }
  }

  @Test
  void aChildStartedWhileALockIsHeldDoesNotKeepIt() throws Exception {
    FileSystemDirectory directory = FileSystemDirectory.create(temporary.resolve("store"));
    Process child = null;
    try {
      try (StoreLock held = directory.lock("LOCK", Duration.ZERO);
          StoreOutput output = directory.create("f.tmp")) {
        assertTrue(held != null && output != null);
        child = Children.start(List.of("sleep", "120"));
        // A Java child closes what it inherits anyway; one that native code forks does not.
        assertTrue(descriptorsWithCloseOnExec(directory.path() + "/LOCK") == 1);
        assertTrue(descriptorsWithCloseOnExec(directory.path() + "/f.tmp") >= 1);
      }
      assertTrue(child.isAlive());
      directory.lock("LOCK", Duration.ZERO).close();
      assertFalse(directory.ownerIsAlive("f.tmp"));
    } finally {
      Children.reap(child);
    }
  }

  /** Counts our descriptors of the file that hold its flock, and sees that they close on exec. */
  private static int descriptorsWithCloseOnExec(String path) throws IOException {
    int count = 0;
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        // Not by the link's text: a file that was born nameless keeps "#inode (deleted)" there.
        if (!Files.exists(descriptor) || !Files.isSameFile(descriptor, Path.of(path))) {
          continue;
        }
        List<String> facts =
            Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor.getFileName()));
        if (facts.stream().anyMatch(fact -> fact.contains("FLOCK"))) {
          String flags =
              facts.stream().filter(fact -> fact.startsWith("flags:")).findFirst().orElseThrow();
          assertTrue((Long.parseLong(flags.substring(6).strip(), 8) & O_CLOEXEC) != 0, flags);
          count++;
        }
      }
    }
    return count;
  }

  @Test
  void aFullDiskSaysWhichFileHasNoSpaceLeft() throws Exception {
    Path mount = Files.createDirectory(temporary.resolve("small"));
    List<String> launcher = smallDisk(mount);
    List<String> probe = new ArrayList<>(List.of("sh", "-c", "exec \"$@\"", "sh"));
    probe.addAll(launcher);
    probe.add("true");
    if (Children.run(probe.toArray(String[]::new)) != 0) {
      Missing.part("the right to mount a tmpfs (unshare --mount, or user namespaces)");
    }
    List<String> command = new ArrayList<>(launcher);
    command.addAll(Children.java(SmallDiskMain.class, mount.resolve("store")));
    Process child = null;
    try {
      child = Children.start(command);
      try (BufferedReader said = child.inputReader()) {
        assertTrue(Long.parseLong(Children.line(said)) <= 1 << 20);
        assertEquals(
            mount.toRealPath() + "/store/f.tmp: write at offset 1048576: no space left on device",
            Children.line(said));
        assertEquals("written", Children.line(said));
      }
      assertTrue(child.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, child.exitValue());
    } finally {
      Children.reap(child);
    }
  }

  /** Returns what starts another command among mounts that nobody else sees: one of 1 MiB. */
  private static List<String> smallDisk(Path mount) throws IOException {
    List<String> launcher = new ArrayList<>(List.of("unshare", "--mount"));
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      launcher.addAll(List.of("--user", "--map-root-user"));
    }
    String script = "mount -t tmpfs -o size=1m tmpfs \"$0\" && exec \"$@\"";
    launcher.addAll(List.of("sh", "-c", script, mount.toString()));
    return launcher;
  }
}
