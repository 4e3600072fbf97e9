package dev.cairn.store.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * A process that fills a disk of 1 MiB, says what it was told, and writes again when there is room.
 * Started by tests only, among mounts of its own.
 */
final class SmallDiskMain {
  private SmallDiskMain() {}

  public static void main(String[] arguments) throws IOException {
    FileSystemDirectory directory = FileSystemDirectory.create(Path.of(arguments[0]));
    System.out.println(directory.usableBytes());
    try (StoreOutput output = directory.create("f.tmp")) {
      output.write(0, MemorySegment.ofArray(new byte[2 << 20]));
      System.out.println("no failure");
    } catch (FileSystemException full) {
      System.out.println(full.getMessage());
    }
    directory.delete("f.tmp");
    try (StoreOutput output = directory.create("f.tmp")) {
      output.write(0, MemorySegment.ofArray(new byte[4096]));
      output.sync();
    }
    System.out.println("written");
  }
}
