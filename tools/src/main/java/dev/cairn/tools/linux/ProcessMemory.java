package dev.cairn.tools.linux;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What another process has mapped where, as /proc/PID/maps says: proc_pid_maps(5). Immutable; a
 * picture of one moment.
 */
public final class ProcessMemory {
  /**
   * Where memory lies in a file. Immutable.
   *
   * @param shared whether what the process writes is seen by others who map the file
   * @param offset of the memory's first byte in the file
   * @param inode of the file
   * @param path as the kernel tells it, which may end in {@code (deleted)}
   */
  public record Mapped(boolean shared, long offset, long inode, String path) {}

  private record Area(long start, long end, Mapped mapped) {}

  private final long pid;
  private final List<Area> areas;

  private ProcessMemory(long pid, List<Area> areas) {
    this.pid = pid;
    this.areas = areas;
  }

  /** Reads what a process has mapped now. */
  public static ProcessMemory of(long pid) throws IOException {
    List<Area> areas = new ArrayList<>();
    Path maps = Path.of("/proc/" + pid + "/maps");
    // Names of files may have any bytes; those that are no text are nobody's memory here.
    String text = new String(Files.readAllBytes(maps), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      areas.add(area(line));
    }
    return new ProcessMemory(pid, areas);
  }

  /** Returns the number of the process. */
  public long pid() {
    return pid;
  }

  /** Parses {@code start-end rwxs offset major:minor inode path}. */
  private static Area area(String line) throws IOException {
    String[] fields = line.split(" +", 6);
    String[] range = fields[0].split("-", -1);
    if (fields.length < 5 || range.length != 2 || fields[1].length() != 4) {
      throw new IOException("/proc/PID/maps: a line that is not as known: " + line);
    }
    return new Area(
        Long.parseUnsignedLong(range[0], 16),
        Long.parseUnsignedLong(range[1], 16),
        new Mapped(
            fields[1].charAt(3) == 's',
            Long.parseUnsignedLong(fields[2], 16),
            Long.parseLong(fields[4]),
            fields.length == 6 ? fields[5] : ""));
  }

  /**
   * Finds which part of which file a range of addresses is.
   *
   * @return empty if it is of no file, or not of one alone
   */
  public Optional<Mapped> find(long address, long length) {
    Mapped found = null;
    long at = address;
    for (Area area : areas) {
      if (area.end <= at || area.start > at) {
        continue;
      }
      Mapped here = area.mapped;
      Mapped one = new Mapped(here.shared, here.offset + (at - area.start), here.inode, here.path);
      if (found == null) {
        found = one;
      } else if (one.inode != found.inode
          || one.shared != found.shared
          || one.offset - found.offset != at - address) {
        return Optional.empty();
      }
      at = area.end;
      if (at >= address + length) {
        return found.inode == 0 ? Optional.empty() : Optional.of(found);
      }
    }
    return Optional.empty();
  }

  /**
   * Opens the very file that is mapped, by a descriptor which the process has of it, whatever its
   * name stands for by now.
   *
   * @throws IOException if the process has none, or that is hidden
   */
  public FileChannel open(Mapped mapped) throws IOException {
    Path descriptors = Path.of("/proc/" + pid + "/fd");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
      for (Path each : all) {
        if (is(each, mapped)) {
          return FileChannel.open(each, StandardOpenOption.READ);
        }
      }
    }
    throw new IOException(
        "process " + pid + ": expected a descriptor of " + mapped.path + ", found none");
  }

  private static boolean is(Path descriptor, Mapped mapped) {
    try {
      return Files.readSymbolicLink(descriptor).toString().equals(mapped.path)
          && Files.getAttribute(descriptor, "unix:ino").equals(mapped.inode);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  /** Opens the memory of the process itself; offsets are its addresses. */
  public FileChannel openAll() throws IOException {
    return FileChannel.open(Path.of("/proc/" + pid + "/mem"), StandardOpenOption.READ);
  }
}
