package dev.cairn.store.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BusyException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link StoreDirectory} promises, sentence by sentence. It is long because the contract
 * is one: who implements it inherits this class and nothing else, and a part left out would be a
 * promise that nobody keeps.
 */
@Timeout(60)
abstract class StoreDirectoryContract {
  private static final Duration LONG = Duration.ofSeconds(30);

  StoreDirectory directory;

  /** Returns a new, empty directory. */
  abstract StoreDirectory newDirectory() throws IOException;

  /** Returns the same directory, as somebody else has it open. */
  abstract StoreDirectory openAgain(StoreDirectory same) throws IOException;

  @BeforeEach
  void openDirectory() throws IOException {
    directory = newDirectory();
  }

  static MemorySegment bytes(String text) {
    return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
  }

  static void assertSays(String expected, Exception actual) {
    String message = String.valueOf(actual.getMessage());
    assertTrue(message.contains(expected), message);
  }

  static void write(StoreDirectory directory, String name, String text) throws IOException {
    try (StoreOutput output = directory.create(name)) {
      output.write(0, bytes(text));
      output.sync();
    }
  }

  static String read(StoreDirectory directory, String name) throws IOException {
    try (StoreInput input = directory.open(name)) {
      return read(input);
    }
  }

  private static String read(StoreInput input) throws IOException {
    byte[] content = new byte[Math.toIntExact(input.length())];
    input.read(0, MemorySegment.ofArray(content));
    return new String(content, StandardCharsets.UTF_8);
  }

  @Test
  void pathAndListTellWhatIsThereInOrder() throws IOException {
    assertFalse(directory.path().isEmpty());
    assertEquals(List.of(), directory.list());
    write(directory, "b", "");
    write(directory, "a.tmp", "");
    directory.makeDirectory("c").close();
    write(directory, "B", "");
    assertEquals(List.of("B", "a.tmp", "b", "c"), directory.list());
    assertEquals(directory.list(), openAgain(directory).list());
  }

  @Test
  void existsTellsOfFilesAndDirectories() throws IOException {
    assertFalse(directory.exists("f"));
    write(directory, "f", "");
    directory.makeDirectory("d").close();
    assertTrue(directory.exists("f"));
    assertTrue(directory.exists("d"));
  }

  @Test
  void whatWasWrittenIsReadByAnybody() throws IOException {
    write(directory, "f", "hello");
    assertEquals("hello", read(directory, "f"));
    assertEquals("hello", read(openAgain(directory), "f"));
  }

  @Test
  void openOfNoFileFails() throws IOException {
    assertThrows(NoSuchFileException.class, () -> directory.open("none").close());
    directory.makeDirectory("d").close();
    assertThrows(IOException.class, () -> directory.open("d").close());
  }

  @Test
  void createNeedsANewName() throws IOException {
    write(directory, "f", "first");
    directory.makeDirectory("d").close();
    assertThrows(FileAlreadyExistsException.class, () -> directory.create("f").close());
    assertThrows(FileAlreadyExistsException.class, () -> directory.create("d").close());
    assertEquals("first", read(directory, "f"));
    assertEquals(List.of("d", "f"), directory.list());
  }

  @Test
  void writesAtAnyOffsetAndGapsReadAsZeros() throws IOException {
    try (StoreOutput output = directory.create("f");
        Arena arena = Arena.ofConfined()) {
      MemorySegment nativeData = arena.allocate(3).fill((byte) 7);
      output.write(10_000, nativeData);
      output.write(5, bytes("ab"));
      output.write(6, bytes("c"));
      output.write(20_000, MemorySegment.NULL);
    }
    try (StoreInput input = directory.open("f");
        Arena arena = Arena.ofShared()) {
      assertEquals(10_003, input.length());
      MemorySegment all = arena.allocate(10_003).fill((byte) 9);
      input.read(0, all);
      byte[] expected = new byte[10_003];
      expected[5] = 'a';
      expected[6] = 'c';
      expected[10_000] = expected[10_001] = expected[10_002] = 7;
      assertArrayEquals(expected, all.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }
  }

  @Test
  void readsFillWhollyOrFailAtTheEnd() throws IOException {
    write(directory, "f", "hello");
    try (StoreInput input = directory.open("f")) {
      byte[] part = new byte[3];
      input.read(2, MemorySegment.ofArray(part));
      assertEquals("llo", new String(part, StandardCharsets.UTF_8));
      input.read(99, MemorySegment.NULL);
      assertThrows(EOFException.class, () -> input.read(3, MemorySegment.ofArray(part)));
      assertThrows(EOFException.class, () -> input.read(5, MemorySegment.ofArray(new byte[1])));
      assertThrows(
          IllegalArgumentException.class, () -> input.read(-1, MemorySegment.ofArray(part)));
    }
  }

  @Test
  void closedFilesAndDirectoriesAreNotUsed() throws IOException {
    StoreOutput output = directory.create("f");
    output.write(0, bytes("x"));
    output.close();
    output.close();
    assertThrows(IOException.class, () -> output.write(0, bytes("y")));
    assertThrows(IOException.class, output::sync);
    StoreInput input = directory.open("f");
    directory.close();
    assertEquals("x", read(input));
    input.close();
    input.close();
    assertThrows(IOException.class, input::length);
    assertThrows(IOException.class, () -> input.read(0, MemorySegment.ofArray(new byte[1])));
    assertThrows(IOException.class, directory::list);
  }

  @Test
  void renameReplacesAndOpenReadersKeepWhatTheyHad() throws IOException {
    write(directory, "old", "old");
    write(directory, "new", "new");
    try (StoreInput reader = directory.open("old")) {
      directory.rename("new", "old");
      assertEquals(List.of("old"), directory.list());
      assertEquals("new", read(directory, "old"));
      assertEquals("old", read(reader));
    }
    directory.rename("old", "old");
    assertEquals("new", read(directory, "old"));
    assertThrows(NoSuchFileException.class, () -> directory.rename("none", "old"));
    directory.makeDirectory("d").close();
    assertThrows(IOException.class, () -> directory.rename("old", "d"));
    assertThrows(IOException.class, () -> directory.rename("d", "e"));
  }

  @Test
  void aDirectoryIsRenamedOnlyToAFreeNameAndDeletedOnlyWhenEmpty() throws IOException {
    StoreDirectory made = directory.makeDirectory("d");
    try (StoreOutput out = made.create("f")) {
      out.write(0, bytes("inner"));
    }
    directory.makeDirectory("taken").close();
    assertThrows(FileAlreadyExistsException.class, () -> directory.renameDirectory("d", "taken"));
    assertThrows(NoSuchFileException.class, () -> directory.renameDirectory("none", "e"));
    directory.renameDirectory("d", "e");
    assertEquals(List.of("e", "taken"), directory.list());
    StoreDirectory renamed = directory.openDirectory("e");
    assertEquals("inner", read(renamed, "f"));
    assertThrows(IOException.class, () -> directory.deleteDirectory("e"));
    renamed.delete("f");
    directory.deleteDirectory("e");
    assertEquals(List.of("taken"), directory.list());
  }

  @Test
  void aFileKnowsHowManyNamesItHas() throws IOException {
    write(directory, "a", "x");
    StoreDirectory other = directory.makeDirectory("d");
    try (StoreInput in = directory.open("a")) {
      assertEquals(1, in.names());
      directory.link("a", other, "b");
      assertEquals(2, in.names());
      directory.delete("a");
      assertEquals(1, in.names());
    }
  }

  @Test
  void renameOntoAnotherNameOfTheSameFileLeavesOneName() throws IOException {
    write(directory, "a", "x");
    directory.link("a", directory, "b");
    directory.rename("a", "b");
    assertEquals(List.of("b"), directory.list());
    assertEquals("x", read(directory, "b"));
  }

  @Test
  void linkMakesASecondNameThatOutlivesTheFirst() throws IOException {
    StoreDirectory other = directory.makeDirectory("other");
    write(directory, "f", "shared");
    directory.link("f", other, "g");
    assertThrows(FileAlreadyExistsException.class, () -> directory.link("f", other, "g"));
    assertThrows(NoSuchFileException.class, () -> directory.link("none", other, "h"));
    assertThrows(IOException.class, () -> directory.link("other", other, "h"));
    directory.delete("f");
    assertEquals("shared", read(other, "g"));
    assertEquals(List.of("g"), other.list());
  }

  @Test
  void deleteTakesTheNameAndReadersKeepTheFile() throws IOException {
    write(directory, "f", "kept");
    try (StoreInput reader = directory.open("f")) {
      directory.delete("f");
      assertFalse(directory.exists("f"));
      assertEquals("kept", read(reader));
    }
    assertThrows(NoSuchFileException.class, () -> directory.delete("f"));
    directory.makeDirectory("d").close();
    assertThrows(IOException.class, () -> directory.delete("d"));
    assertTrue(directory.exists("d"));
  }

  @Test
  void syncsSucceed() throws IOException {
    try (StoreOutput output = directory.create("f")) {
      output.sync();
      output.write(0, bytes("x"));
      output.sync();
    }
    directory.sync();
    directory.sync();
  }

  @Test
  void ownerIsAliveUntilTheOutputIsClosed() throws IOException {
    StoreDirectory other = openAgain(directory);
    StoreOutput output = directory.create("f.tmp");
    assertTrue(directory.ownerIsAlive("f.tmp"));
    assertTrue(other.ownerIsAlive("f.tmp"));
    directory.rename("f.tmp", "f");
    assertTrue(other.ownerIsAlive("f"));
    output.close();
    assertFalse(directory.ownerIsAlive("f"));
    assertFalse(other.ownerIsAlive("f"));
    assertThrows(NoSuchFileException.class, () -> directory.ownerIsAlive("f.tmp"));
  }

  @Test
  void whatIsUnfinishedIsWrittenOnWhenItsWriterIsGone() throws IOException {
    StoreDirectory other = openAgain(directory);
    assertThrows(NoSuchFileException.class, () -> directory.reopen("f.part").close());
    StoreOutput first = directory.create("f.part");
    first.write(0, bytes("hello"));
    assertThrows(BusyException.class, () -> other.reopen("f.part").close());
    first.close();
    try (StoreOutput second = other.reopen("f.part")) {
      assertTrue(directory.ownerIsAlive("f.part"));
      assertThrows(BusyException.class, () -> directory.reopen("f.part").close());
      second.write(1, bytes("a"));
      second.write(5, bytes("!"));
      second.sync();
    }
    assertEquals("hallo!", read(directory, "f.part"));
    assertFalse(directory.ownerIsAlive("f.part"));
    directory.makeDirectory("d").close();
    assertThrows(IOException.class, () -> directory.reopen("d").close());
  }

  @Test
  void lockExcludesThreadsAndOtherOpeners() throws IOException {
    StoreDirectory other = openAgain(directory);
    StoreLock lock = directory.lock("LOCK", Duration.ZERO);
    assertTrue(directory.exists("LOCK"));
    assertTrue(other.ownerIsAlive("LOCK"));
    BusyException busy =
        assertThrows(BusyException.class, () -> other.lock("LOCK", Duration.ofMillis(20)).close());
    assertSays("/LOCK is held by another process", busy);
    assertThrows(BusyException.class, () -> directory.lock("LOCK", Duration.ZERO).close());
    other.lock("MERGE.lock", Duration.ZERO).close();
    lock.close();
    lock.close();
    StoreLock next = other.lock("LOCK", Duration.ZERO);
    lock.close(); // a second close of the first lock does not let the second one go
    assertThrows(BusyException.class, () -> directory.lock("LOCK", Duration.ZERO).close());
    next.close();
  }

  @Test
  void lockIsWaitedFor() throws Exception {
    StoreDirectory other = openAgain(directory);
    StoreLock lock = directory.lock("LOCK", Duration.ZERO);
    CountDownLatch started = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> got =
          executor.submit(
              () -> {
                started.countDown();
                try (StoreLock waited = other.lock("LOCK", LONG)) {
                  return waited != null;
                }
              });
      assertTrue(started.await(30, TimeUnit.SECONDS));
      assertFalse(got.isDone());
      lock.close();
      assertTrue(got.get(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void lockIsHeldByOneAtATime() throws Exception {
    StoreDirectory other = openAgain(directory);
    AtomicInteger inside = new AtomicInteger();
    int[] count = new int[1]; // guarded by nothing but the lock
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      StoreDirectory mine = i % 2 == 0 ? directory : other;
      tasks.add(
          () -> {
            int most = 0;
            for (int j = 0; j < 20; j++) {
              try (StoreLock held = mine.lock("LOCK", LONG)) {
                most = Math.max(most, inside.incrementAndGet());
                count[0]++;
                inside.decrementAndGet();
                assertTrue(held != null);
              }
            }
            return most;
          });
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
      for (Future<Integer> most : executor.invokeAll(tasks)) {
        assertEquals(1, most.get());
      }
    }
    assertEquals(160, count[0]);
  }

  @Test
  void directoriesAreMadeOnceAndOpened() throws IOException {
    assertThrows(NoSuchFileException.class, () -> directory.openDirectory("d"));
    StoreDirectory made = directory.makeDirectory("d");
    try (StoreOutput out = made.create("f")) {
      out.write(0, bytes("inner"));
    }
    assertEquals("inner", read(directory.makeDirectory("d"), "f"));
    assertEquals("inner", read(openAgain(directory).openDirectory("d"), "f"));
    assertEquals(directory.path() + "/d", made.path());
    write(directory, "f", "");
    assertThrows(NotDirectoryException.class, () -> directory.openDirectory("f"));
    assertThrows(FileAlreadyExistsException.class, () -> directory.makeDirectory("f"));
  }

  @Test
  void disjointRangesAreWrittenAndReadByManyThreads() throws Exception {
    int parts = 64;
    int partBytes = 5000;
    List<Callable<Integer>> writes = new ArrayList<>();
    List<Callable<Integer>> reads = new ArrayList<>();
    try (StoreOutput output = directory.create("f");
        ExecutorService executor = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < parts; i++) {
        int part = i;
        writes.add(
            () -> {
              MemorySegment data = MemorySegment.ofArray(new byte[partBytes]).fill((byte) part);
              output.write((long) part * partBytes, data);
              return part;
            });
      }
      for (Future<Integer> done : executor.invokeAll(writes)) {
        done.get();
      }
    }
    try (StoreInput input = directory.open("f");
        ExecutorService executor = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < parts; i++) {
        int part = i;
        reads.add(
            () -> {
              MemorySegment expected = MemorySegment.ofArray(new byte[partBytes]).fill((byte) part);
              MemorySegment actual = MemorySegment.ofArray(new byte[partBytes]);
              input.read((long) part * partBytes, actual);
              assertEquals(-1, expected.mismatch(actual));
              return part;
            });
      }
      for (Future<Integer> done : executor.invokeAll(reads)) {
        done.get();
      }
    }
  }

  @Test
  void namesAreOnlyPlainFileNames() throws IOException {
    List<String> bad =
        List.of(
            "", ".", "..", "a/b", "/", "../x", "a\0b", "x".repeat(256), "é".repeat(128), "\ud800");
    for (String name : bad) {
      assertThrows(IllegalArgumentException.class, () -> directory.create(name), name);
      assertThrows(IllegalArgumentException.class, () -> directory.open(name), name);
      assertThrows(IllegalArgumentException.class, () -> directory.exists(name), name);
      assertThrows(IllegalArgumentException.class, () -> directory.delete(name), name);
      assertThrows(IllegalArgumentException.class, () -> directory.ownerIsAlive(name), name);
      assertThrows(IllegalArgumentException.class, () -> directory.makeDirectory(name), name);
      assertThrows(IllegalArgumentException.class, () -> directory.openDirectory(name), name);
      assertThrows(IllegalArgumentException.class, () -> directory.lock(name, Duration.ZERO), name);
      assertThrows(IllegalArgumentException.class, () -> directory.rename(name, "a"), name);
    }
    write(directory, "f", "");
    for (String name : bad) {
      assertThrows(IllegalArgumentException.class, () -> directory.rename("f", name), name);
      assertThrows(
          IllegalArgumentException.class, () -> directory.link("f", directory, name), name);
    }
    directory.create("x".repeat(255)).close();
    directory.create("...").close();
  }

  @Test
  void usableBytesAreTold() throws IOException {
    assertTrue(directory.usableBytes() > 0);
  }
}
