package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;

/** A chain in memory whose reads are counted. */
final class ChainInMemory {
  static final Checkpointer.Options WHOLE = Checkpointer.Options.DEFAULT;
  static final Environment ENVIRONMENT =
      new Environment(Clock.systemUTC(), new Random(11), Duration.ZERO);

  private final MemoryDirectory disk = MemoryDirectory.create();
  private final CountingDirectory counting = new CountingDirectory(disk);
  private final Chain chain;

  ChainInMemory(int pageSize) throws IOException {
    Store.create(disk.asProcess("init"), ENVIRONMENT).create("vm", pageSize).close();
    chain = Store.open(counting, ENVIRONMENT).open("vm");
  }

  MemoryDirectory disk() {
    return disk;
  }

  CountingDirectory counting() {
    return counting;
  }

  Chain chain() {
    return chain;
  }

  long checkpoint(PageImage image, Checkpointer.Options options) throws IOException {
    return new Checkpointer(chain).checkpoint(image, options, Progress.NONE).point().checkpoint();
  }

  /** Returns how many reads of frames there were. */
  long bodyReads() throws IOException {
    long count = 0;
    for (FileEntry entry : chain.manifest().files()) {
      String name = entry.name().text();
      try (OpenFile file = OpenFile.open(entry.name(), directory().open(name))) {
        for (CountingDirectory.Read read : counting.reads()) {
          boolean body = read.offset() >= 128 && read.offset() < file.metadataOffset();
          count += read.file().equals(name) && body ? 1 : 0;
        }
      }
    }
    return count;
  }

  /** Returns the chain's directory as a person sees it. */
  MemoryDirectory directory() throws IOException {
    return disk.openDirectory("chains").openDirectory("vm");
  }

  /** Flips a bit of a published file. */
  void flip(String file, long offset) throws IOException {
    rot(file, bytes -> bytes[Math.toIntExact(offset)] ^= 4);
  }

  /** Has the disk forget some bytes: they are zeros from now on. */
  void lose(String file, long offset, int count) throws IOException {
    int from = Math.toIntExact(offset);
    rot(file, bytes -> Arrays.fill(bytes, from, from + count, (byte) 0));
  }

  private void rot(String file, Consumer<byte[]> rot) throws IOException {
    MemorySegment bytes;
    try (StoreInput in = directory().open(file)) {
      bytes = MemorySegment.ofArray(new byte[Math.toIntExact(in.length())]);
      in.read(0, bytes);
    }
    rot.accept((byte[]) bytes.heapBase().orElseThrow());
    directory().delete(file);
    try (StoreOutput out = directory().create(file)) {
      out.write(0, bytes);
    }
  }
}
