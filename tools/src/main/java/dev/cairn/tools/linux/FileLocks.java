package dev.cairn.tools.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Who holds which flock, as the kernel told at one moment (proc(5), {@code /proc/locks}): without
 * taking any, as whoever tries a lock keeps others from it for that moment. Of processes of other
 * PID namespaces nothing is told. Immutable.
 */
public final class FileLocks {
  private static final Path TABLE = Path.of("/proc/locks");

  /**
   * One lock. A device is that of the kernel's superblock.
   *
   * @param device {@code major:minor}, hexadecimal
   */
  private record Held(long process, String device, long inode) {}

  private final List<Held> held;

  private FileLocks(List<Held> held) {
    this.held = held;
  }

  /** Looks now. */
  public static FileLocks look() throws IOException {
    return of(Files.readAllLines(TABLE, StandardCharsets.UTF_8));
  }

  /** Reads lines such as {@code 2: FLOCK ADVISORY WRITE 4711 fd:01:131 0 EOF}. */
  static FileLocks of(List<String> lines) {
    List<Held> held = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.strip().split("\\s+", -1);
      // Those who wait for a lock have "->" in the second place.
      if (words.length >= 6 && words[1].equals("FLOCK")) {
        add(held, words[4], words[5]);
      }
    }
    return new FileLocks(held);
  }

  private static void add(List<Held> held, String process, String file) {
    int colon = file.lastIndexOf(':');
    try {
      held.add(
          new Held(
              Long.parseLong(process),
              file.substring(0, Math.max(0, colon)),
              Long.parseLong(file.substring(colon + 1))));
    } catch (NumberFormatException _) {
      // A form of a later kernel: nothing is known of it.
    }
  }

  /** Returns the process that holds a file's flock; empty if none is seen, or there is no file. */
  public OptionalLong owner(Path file) throws IOException {
    Map<String, Object> of;
    try {
      of = Files.readAttributes(file, "unix:ino,dev", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException _) {
      return OptionalLong.empty();
    }
    return owner(number(of, "dev"), number(of, "ino"));
  }

  private static long number(Map<String, Object> attributes, String name) {
    return (Long) Objects.requireNonNull(attributes.get(name), name);
  }

  /** Whom a file is locked by, by device and inode as stat(2) tells them. */
  OptionalLong owner(long device, long inode) {
    long major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfffL);
    long minor = (device & 0xff) | ((device >> 12) & ~0xffL);
    String name = "%02x:%02x".formatted(major, minor);
    OptionalLong exact =
        held.stream()
            .filter(each -> each.inode == inode && each.device.equals(name))
            .mapToLong(Held::process)
            .findFirst();
    // Of btrfs and overlayfs stat tells a device without a number of its own, /proc/locks another.
    return exact.isPresent() || major != 0
        ? exact
        : held.stream().filter(each -> each.inode == inode).mapToLong(Held::process).findFirst();
  }
}
