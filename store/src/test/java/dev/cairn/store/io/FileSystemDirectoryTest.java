package dev.cairn.store.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what concerns only a real file system. */
final class FileSystemDirectoryTest extends StoreDirectoryContract {
  private final Path temporary;

  FileSystemDirectoryTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  @Override
  StoreDirectory newDirectory() throws IOException {
    return FileSystemDirectory.create(temporary.resolve("store"));
  }

  @Override
  StoreDirectory openAgain(StoreDirectory same) throws IOException {
    return FileSystemDirectory.open(Path.of(same.path()));
  }

  private Path file(String name) {
    return Path.of(directory.path()).resolve(name);
  }

  /** The kernel answers EIO for a process's memory at 0, as for a bad sector. */
  @Test
  void bytesThatTheMediumDoesNotGiveBackAreDamaged() throws IOException {
    FileSystemOptions anything = FileSystemOptions.standard().withUnsafeFileSystem(true);
    try (FileSystemDirectory self = FileSystemDirectory.open(Path.of("/proc/self"), anything);
        StoreInput memory = self.open("mem")) {
      MemorySegment page = MemorySegment.ofArray(new byte[4096]);
      CorruptFileException e = assertThrows(CorruptFileException.class, () -> memory.read(0, page));
      assertEquals("mem", e.file());
      assertEquals(0, e.offset());
    }
  }

  /** Of ext4's EBADMSG or a disk's ENODATA nobody thinks; and a locale has words of its own. */
  @Test
  void whatIsDamagedDoesNotDependOnTheKernelsWords() {
    for (String said : List.of("Eingabe-/Ausgabefehler", "No data available", "Bad message")) {
      IOException cause = new IOException(said);
      IOException e = FileFailures.ofRead(file("f"), 4096, cause);
      CorruptFileException damage = assertInstanceOf(CorruptFileException.class, e);
      assertEquals("f", damage.file());
      assertEquals(4096, damage.offset());
      assertEquals(said, damage.actual());
      assertSame(cause, damage.getCause());
    }
  }

  @Test
  void aDirectoryThatCannotBeOpenedForItsSyncLosesNothing() throws IOException {
    Path path = Path.of(directory.path());
    Path away = temporary.resolve("away");
    Files.move(path, away);
    assertThrows(IOException.class, directory::sync);
    Files.move(away, path);
    directory.sync();
  }

  @Test
  void createOpensTheDirectoryThatExists() throws IOException {
    write(directory, "f", "x");
    assertEquals("x", read(FileSystemDirectory.create(temporary.resolve("store")), "f"));
    assertThrows(
        IOException.class, () -> FileSystemDirectory.create(temporary.resolve("no/store")));
    assertThrows(IOException.class, () -> FileSystemDirectory.open(temporary.resolve("no")));
    assertThrows(IOException.class, () -> FileSystemDirectory.open(file("f")));
  }

  @Test
  void symbolicLinksAreNeverFollowed() throws IOException {
    Path outside = temporary.resolve("outside");
    Files.writeString(outside, "secret");
    Files.createSymbolicLink(file("link"), outside);
    Files.createSymbolicLink(file("dangling"), temporary.resolve("nothing"));
    Files.createSymbolicLink(file("folder"), temporary);
    IOException refused = assertThrows(IOException.class, () -> directory.open("link").close());
    assertSays("is a symbolic link", refused);
    assertThrows(FileAlreadyExistsException.class, () -> directory.create("link").close());
    assertThrows(FileAlreadyExistsException.class, () -> directory.create("dangling").close());
    assertThrows(IOException.class, () -> directory.lock("link", Duration.ZERO).close());
    assertThrows(IOException.class, () -> directory.lock("dangling", Duration.ZERO).close());
    assertThrows(IOException.class, () -> directory.ownerIsAlive("link"));
    assertThrows(IOException.class, () -> directory.link("link", directory, "copy"));
    assertThrows(IOException.class, () -> directory.openDirectory("folder"));
    assertThrows(IOException.class, () -> directory.makeDirectory("folder"));
    assertTrue(directory.exists("dangling"));
    assertFalse(Files.exists(temporary.resolve("nothing")));
    directory.delete("link");
    assertEquals("secret", Files.readString(outside));
    assertEquals(List.of("dangling", "folder"), directory.list());
  }

  @Test
  void aFifoIsRefusedAtOnce() throws Exception {
    Children.run("mkfifo", file("fifo").toString());
    assertThrows(IOException.class, () -> directory.open("fifo").close());
    assertThrows(IOException.class, () -> directory.lock("fifo", Duration.ZERO).close());
  }

  @Test
  void networkFileSystemsAreRefusedUnlessAllowed() throws IOException {
    FileSystemOptions nfs = new FileSystemOptions(false, path -> "nfs4", System::nanoTime);
    Path path = temporary.resolve("store");
    RefusedException refused =
        assertThrows(RefusedException.class, () -> FileSystemDirectory.open(path, nfs));
    assertSays("nfs4", refused);
    Path fresh = temporary.resolve("fresh");
    assertThrows(RefusedException.class, () -> FileSystemDirectory.create(fresh, nfs));
    assertFalse(Files.exists(fresh));
    FileSystemDirectory.create(fresh, nfs.withUnsafeFileSystem(true)).makeDirectory("d").close();
    for (String unsafe : List.of("nfs", "9p", "fuse.sshfs", "ceph", "lustre", "cifs", "virtiofs")) {
      assertTrue(FileSystemTypes.isUnsafe(unsafe), unsafe);
    }
    for (String safe : List.of("ext4", "xfs", "btrfs", "tmpfs", "zfs", "overlay", "fuseblk")) {
      assertFalse(FileSystemTypes.isUnsafe(safe), safe);
    }
  }

  @Test
  void waitingForALockEndsByTheClockThatWasGiven() throws IOException {
    AtomicLong clock = new AtomicLong();
    FileSystemOptions options =
        new FileSystemOptions(
            true, path -> "ext4", () -> clock.getAndAdd(TimeUnit.HOURS.toNanos(1)));
    StoreDirectory hurried = FileSystemDirectory.open(temporary.resolve("store"), options);
    try (StoreLock held = directory.lock("LOCK", Duration.ZERO)) {
      assertTrue(held != null);
      assertThrows(BusyException.class, () -> hurried.lock("LOCK", Duration.ofHours(3)).close());
    }
    assertTrue(clock.get() >= TimeUnit.HOURS.toNanos(4));
  }

  @Test
  void aLockOnADeletedFileLocksNothing() throws Exception {
    StoreLock first = directory.lock("LOCK", Duration.ZERO);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicLong polls = new AtomicLong();
      FileSystemOptions options =
          new FileSystemOptions(
              true,
              path -> "ext4",
              () -> {
                polls.incrementAndGet();
                return System.nanoTime();
              });
      StoreDirectory waiting = FileSystemDirectory.open(temporary.resolve("store"), options);
      Future<StoreLock> second =
          executor.submit(() -> waiting.lock("LOCK", Duration.ofSeconds(30)));
      await(() -> polls.get() >= 2); // asked once at the start, then when refused
      directory.delete("LOCK");
      StoreLock third = directory.lock("LOCK", Duration.ZERO);
      first.close();
      long before = polls.get();
      await(() -> second.isDone() || polls.get() >= before + 3);
      assertFalse(second.isDone(), "got the lock of a deleted file beside the one that counts");
      third.close();
      second.get(30, TimeUnit.SECONDS).close();
    }
  }

  @Test
  void aSweeperNeverSeesAFileThatIsNotYetLocked() throws Exception {
    StoreDirectory sweeper = openAgain(directory);
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch started = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> abandoned =
          executor.submit(
              () -> {
                int count = 0;
                while (!done.get()) {
                  started.countDown();
                  for (String name : sweeper.list()) {
                    count += looksAbandoned(sweeper, name) ? 1 : 0;
                  }
                }
                return count;
              });
      assertTrue(started.await(30, TimeUnit.SECONDS));
      for (int i = 0; i < 2000; i++) {
        try (StoreOutput output = directory.create(i + ".tmp")) {
          output.write(0, bytes("x"));
          directory.delete(i + ".tmp");
        }
      }
      done.set(true);
      assertEquals(0, abandoned.get(30, TimeUnit.SECONDS));
    } finally {
      done.set(true);
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadlineNanos, "waited in vain");
      Thread.onSpinWait();
    }
  }

  private static boolean looksAbandoned(StoreDirectory sweeper, String name) throws IOException {
    try {
      return !sweeper.ownerIsAlive(name) && sweeper.exists(name);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Test
  void withoutNamelessFilesASweeperMakesTheCreatorBusyButTakesNothingFromIt() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    int created = 0;
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> sweeping = executor.submit(() -> sweepUnderFlock(file("f.tmp"), done));
      try {
        for (int i = 0; i < 500; i++) {
          try (StoreOutput output = FileSystemOutput.createVisibly(file("f.tmp"))) {
            assertTrue(directory.ownerIsAlive("f.tmp"));
            output.write(0, bytes("x"));
            directory.delete("f.tmp");
            created++;
          } catch (BusyException | FileAlreadyExistsException e) {
            // The sweeper had it for a moment: the caller tries again.
          }
        }
      } finally {
        done.set(true);
      }
      sweeping.get(30, TimeUnit.SECONDS);
    }
    assertTrue(created > 0);
  }

  private static @Nullable Void sweepUnderFlock(Path path, AtomicBoolean done) throws IOException {
    while (!done.get()) {
      try (Descriptor descriptor = Descriptor.open(path, Libc.O_RDONLY)) {
        if (descriptor.tryFlock(Libc.LOCK_EX) && descriptor.isStillNamed()) {
          Files.deleteIfExists(path);
        }
      } catch (NoSuchFileException e) {
        Thread.onSpinWait();
      }
    }
    return null;
  }

  @Test
  void anInterruptedReaderTakesTheFileFromNobodyElse() throws IOException {
    write(directory, "f", "hello");
    byte[] into = new byte[5];
    try (StoreInput input = directory.open("f")) {
      directory.delete("f");
      Thread.currentThread().interrupt();
      try {
        assertThrows(IOException.class, () -> input.read(0, MemorySegment.ofArray(into)));
        assertThrows(IOException.class, input::length);
      } finally {
        assertTrue(Thread.interrupted());
      }
      input.read(0, MemorySegment.ofArray(into));
      assertEquals("hello", new String(into, StandardCharsets.UTF_8));
      assertEquals(5, input.length());
    }
  }

  @Test
  void aFailedSyncIsNeverRetried() throws IOException {
    try (StoreOutput output = directory.create("f")) {
      Thread.currentThread().interrupt(); // the one way to make an fsync fail at will
      try {
        assertThrows(IOException.class, output::sync);
        assertThrows(IOException.class, directory::sync);
      } finally {
        assertTrue(Thread.interrupted());
      }
      for (Executable again : List.<Executable>of(output::sync, directory::sync)) {
        IOException dead = assertThrows(IOException.class, again);
        assertSays("an earlier sync failed", dead);
      }
      assertTrue(directory.ownerIsAlive("f"));
    }
  }

  @Test
  void filesBeyondFourGibibytesAreSparse() throws IOException {
    long offset = 5L << 30;
    try (StoreOutput output = directory.create("f")) {
      output.write(offset, bytes("far"));
      output.sync();
    }
    assertTrue(((Number) Files.getAttribute(file("f"), "unix:size")).longValue() == offset + 3);
    try (StoreInput input = directory.open("f")) {
      assertEquals(offset + 3, input.length());
      byte[] into = new byte[4];
      input.read(offset - 1, MemorySegment.ofArray(into));
      assertEquals("\0far", new String(into, StandardCharsets.UTF_8));
    }
  }

  @Test
  void longSegmentsAreCutToWhatAChannelTakes() throws IOException {
    long lengthBytes = (2L << 30) + 5;
    try (StoreOutput output = directory.create("f")) {
      output.write(lengthBytes - 1, bytes("x"));
    }
    try (FileChannel channel = FileChannel.open(file("f"), StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      MemorySegment segment = channel.map(FileChannel.MapMode.READ_ONLY, 0, lengthBytes, arena);
      assertEquals(1 << 30, Segments.part(segment, 0).remaining());
      assertEquals(5, Segments.part(segment, 2L << 30).remaining());
      assertEquals('x', Segments.part(segment, 2L << 30).get(4));
    }
    byte[] heap = new byte[(3 << 20) + 1];
    heap[heap.length - 1] = 42;
    try (StoreOutput output = directory.create("g")) {
      output.write(0, MemorySegment.ofArray(heap));
    }
    byte[] into = new byte[heap.length];
    try (StoreInput input = directory.open("g")) {
      input.read(0, MemorySegment.ofArray(into));
    }
    assertArrayEquals(heap, into);
  }
}
